package simulator_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"gajian/batch/kirimdoku/simulator"
)

// shape lists the paths of a JSON value with the types found there.
func shape(path string, value any, into map[string]string) {
	object, isObject := value.(map[string]any)
	if !isObject {
		into[path] = fmt.Sprintf("%T", value)
		return
	}
	for name, inner := range object {
		shape(path+"."+name, inner, into)
	}
}

func TestAnswersHaveTheShapeOfTheProvidersSamples(t *testing.T) {
	text, err := os.ReadFile("testdata/sample-answers.json")
	if err != nil {
		t.Fatal(err)
	}
	var samples map[string]map[string]any
	if err := json.Unmarshal(text, &samples); err != nil {
		t.Fatal(err)
	}
	inBubble(t, config(), func(t *testing.T, c *client) {
		inquiry := c.inquire(ordinary("REF-1"))
		answers := map[string]reply{
			"inquiry": inquiry, "balance": c.balance(),
			"transfer": c.transfer(ordinary("REF-1"), inquiry.text("sessionId")), "status": c.status("REF-1"),
		}
		for name, answer := range answers {
			want, got := map[string]string{}, map[string]string{}
			shape(name, samples[name], want)
			shape(name, answer.body, got)
			if !maps.Equal(got, want) {
				t.Errorf("%s: got %v, want %v", name, got, want)
			}
		}
		if date := answers["status"].text("transactionDate"); date != "2000-01-01T07:00:00. 000+07:00" {
			t.Errorf("transactionDate is %q, want the sample's odd form", date)
		}
	})
}

func TestThePackageGuideHasEveryTrigger(t *testing.T) {
	guide, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, trigger := range simulator.Triggers() {
		line := trigger.Number
		if trigger.Bank != "any" {
			line += ", " + strings.TrimPrefix("bank "+trigger.Bank, "bank any ")
			line = strings.Replace(line, ", other", ", other bank", 1)
		}
		if !slices.ContainsFunc(strings.Split(string(guide), "\n"), func(text string) bool {
			return strings.Contains(text, line+" ") && strings.HasSuffix(text, trigger.Text)
		}) {
			t.Errorf("the guide lacks the line %q … %q", line, trigger.Text)
		}
	}
}

func TestEveryFaultIsDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, kind := range simulator.FaultKinds() {
		if kind.Name == "" || kind.Text == "" || kind.Effect == "" || len(kind.Operations) == 0 || seen[kind.Name] {
			t.Errorf("fault %+v is told twice or lacks something", kind)
		}
		seen[kind.Name] = true
	}
}

// The simulator judges the client, so it must not share a line with it.
func TestTheSimulatorImportsOnlyTheStandardLibrary(t *testing.T) {
	imports, err := exec.Command("go", "list", "-f", `{{join .Imports "\n"}}`, ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range strings.Fields(string(imports)) {
		if first, _, _ := strings.Cut(path, "/"); strings.Contains(first, ".") || first == "gajian" {
			t.Errorf("imports %s", path)
		}
	}
}
