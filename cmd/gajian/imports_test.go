package main_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// rule says which of our packages a package may import, and why no more.
type rule struct {
	imports []string
	tests   []string // what its tests may import besides
	why     string
}

// rules hold the direction of imports: cmd -> batch -> ledger and cmd -> reports -> ledger. Paths
// are without the module's name. A new package needs a line here, with its reason.
var rules = map[string]rule{
	"ledger": {
		why: "the ledger is what everything stands on: it knows nobody",
	},
	"batch": {
		imports: []string{"ledger"},
		tests:   []string{"batch/kirimdoku", "batch/kirimdoku/simulator", "batch/payroll"},
		why:     "the pipeline knows its Provider interface only, so that another provider can take the place",
	},
	"batch/payroll": {
		imports: []string{"ledger"},
		tests:   []string{"batch"},
		why:     "reading a payroll file must not depend on who pays it",
	},
	"batch/kirimdoku": {
		imports: []string{"batch", "ledger"},
		tests:   []string{"batch/kirimdoku/simulator"},
		why:     "the client satisfies an interface of batch and does not know payroll files",
	},
	"batch/kirimdoku/simulator": {
		tests: []string{"batch", "batch/kirimdoku", "ledger"},
		why:   "the simulator shares no code with the client, so that one mistake cannot cancel the other",
	},
	"reports": {
		imports: []string{"ledger"},
		why:     "the workbook shows what the ledger says, and nothing that only the pipeline knows",
	},
	"cmd/gajian": {
		imports: []string{"ledger", "batch", "batch/payroll", "batch/kirimdoku", "batch/kirimdoku/simulator", "reports"},
		why:     "only the command joins the others",
	},
}

// owner says which of our packages may mention a library, and why no other.
type owner struct {
	library string
	by      []string
	tests   bool // tests anywhere may use it too
	why     string
}

var owners = []owner{
	{"go.etcd.io/bbolt", []string{"ledger"}, false,
		"a store shared by several machines has to fit behind the ledger's exported surface later"},
	{"github.com/xuri/excelize", []string{"reports", "batch/payroll"}, true,
		"its traps (files cut short, zip bombs, formulas) are guarded in these two places"},
	{"github.com/gocarina/gocsv", []string{"batch/payroll"}, false,
		"it fails silently on typed fields and headers; batch/payroll checks both"},
	{"github.com/hbollon/go-edlib", []string{"batch", "batch/payroll"}, false,
		"the distances serve the comparison of names and the proposals for damaged cells; the rules around them are ours"},
	{"github.com/alecthomas/kong", []string{"cmd/gajian"}, false, "flags are the command's affair"},
	{"github.com/pelletier/go-toml", []string{"cmd/gajian"}, false, "the config file is the command's affair"},
	{"github.com/vbauerster/mpb", []string{"cmd/gajian"}, false, "what is printed is the command's affair"},
}

// listed is what we read of "go list -json".
type listed struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
	Module                             struct{ Path string }
}

// path is the import path without the module's name.
func (p listed) path() string { return strings.TrimPrefix(p.ImportPath, p.Module.Path+"/") }

// inTests are the imports of its tests, those from outside the package included.
func (p listed) inTests() []string { return append(slices.Clone(p.TestImports), p.XTestImports...) }

func TestImportsPointOneWay(t *testing.T) {
	for _, p := range ourPackages(t) {
		r, known := rules[p.path()]
		if !known {
			t.Errorf("%s has no line in the table of imports: add it with its reason", p.path())
			continue
		}
		p.mayImport(t, p.Imports, r.imports, r.why)
		p.mayImport(t, p.inTests(), append(append([]string{p.path()}, r.imports...), r.tests...), r.why)
	}
}

func (p listed) mayImport(t *testing.T, imports, allowed []string, why string) {
	t.Helper()
	for _, imported := range imports {
		ours, found := strings.CutPrefix(imported, p.Module.Path+"/")
		if found && !slices.Contains(allowed, ours) {
			t.Errorf("%s imports %s: %s", p.path(), ours, why)
		}
	}
}

func TestLibrariesStayWithTheirOwners(t *testing.T) {
	for _, p := range ourPackages(t) {
		for _, o := range owners {
			if slices.Contains(o.by, p.path()) {
				continue
			}
			imports := p.Imports
			if !o.tests {
				imports = append(slices.Clone(imports), p.inTests()...)
			}
			if slices.ContainsFunc(imports, o.owns) {
				t.Errorf("%s imports %s, which belongs to %s: %s", p.path(), o.library, strings.Join(o.by, " and "), o.why)
			}
		}
	}
}

// owns reports whether an import is of the library, in any major version or package of it.
func (o owner) owns(imported string) bool {
	return imported == o.library || strings.HasPrefix(imported, o.library+"/")
}

// ourPackages asks the go command for the packages of this module.
func ourPackages(t *testing.T) []listed {
	t.Helper()
	list := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports,Module", "./...")
	list.Dir = "../.." // the module's root
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []listed
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	for path := range rules {
		if !slices.ContainsFunc(packages, func(p listed) bool { return p.path() == path }) {
			t.Fatalf("go list does not name %s, which the table has", path)
		}
	}
	return packages
}
