"""Writes the files that LibreOffice Calc saves: /usr/bin/python3 calc.py LOCALE FOLDER

LOCALE is id-ID, en-US or de-DE: that of the office, in which texts are typed, shown and saved. Needs soffice and python3-uno.
Nobody in these files exists.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import time

import uno
from com.sun.star.beans import NamedValue, PropertyValue
from com.sun.star.lang import Locale

HEAD = ["NIK", "Nama Karyawan", "Bank", "No. Rekening", "Gaji Bersih"]
PEOPLE = [
    ["K-001", "Budi Santoso", "BCA", "0123456789", 4500000],
    ["K-002", "Siti Aminah", "Mandiri", "1230004567891", 5250000],
    ["K-003", "Agus Wijaya", "BRI", "012301004567509", 3875500],
    ["K-004", "Dewi Lestari", "BNI", "0987654321", 6100000],
]
FILTERS = {
    "xlsx": "Calc MS Excel 2007 XML", "xlsm": "Calc MS Excel 2007 VBA XML", "xltx": "Calc MS Excel 2007 XML Template",
    "ods": "calc8", "fods": "OpenDocument Spreadsheet Flat XML", "xls": "MS Excel 97", "xml": "MS Excel 2003 XML",
    "html": "HTML (StarCalc)", "pdf": "calc_pdf_Export", "slk": "SYLK",
}


class Typed(str):
    """A text that is typed into a cell, which makes of it what it likes in the office's locale."""


class Formula(str):
    """A formula in English."""


def props(**values):
    return tuple(PropertyValue(Name=name, Value=value) for name, value in values.items())


class Office:
    def __init__(self, locale):
        self.language, self.country = locale.split("-")
        self.profile = tempfile.mkdtemp()
        os.makedirs(self.profile + "/user")
        with open(self.profile + "/user/registrymodifications.xcu", "w") as f:
            f.write('<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry" '
                    'xmlns:xs="http://www.w3.org/2001/XMLSchema"><item oor:path="/org.openoffice.Setup/L10N">'
                    f'<prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>{locale}</value></prop></item></oor:items>')
        pipe = "gajian" + str(os.getpid())
        self.process = subprocess.Popen(["soffice", "--headless", "--norestore", f"-env:UserInstallation=file://{self.profile}",
                                         f"--accept=pipe,name={pipe};urp;"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        context = uno.getComponentContext()
        resolver = context.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", context)
        for attempt in range(60):
            try:
                self.context = resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
                break
            except Exception:
                if attempt == 59:
                    raise
                time.sleep(1)
        self.desktop = self.context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", self.context)

    def close(self):
        try:
            self.desktop.terminate()
        except Exception:
            pass
        self.process.wait(30)
        shutil.rmtree(self.profile, ignore_errors=True)

    def new(self):
        return Book(self, self.desktop.loadComponentFromURL("private:factory/scalc", "_blank", 0, props(Hidden=True)))


class Book:
    def __init__(self, office, doc):
        self.office, self.doc = office, doc
        self.sheet = doc.Sheets.getByIndex(0)

    def put(self, name, value):
        cell = self.sheet.getCellRangeByName(name)
        if isinstance(value, Formula):
            cell.setFormula(value)
        elif isinstance(value, Typed):
            cell.FormulaLocal = str(value)
        elif isinstance(value, str):
            cell.NumberFormat = self.key("@")
            cell.setString(value)
        elif value is not None:
            cell.setValue(float(value))
        return cell

    def rows(self, rows, column="A", row=1):
        for i, values in enumerate(rows):
            for j, value in enumerate(values):
                self.put(chr(ord(column) + j) + str(row + i), value)
        return self

    def key(self, code):
        """Number of a format. Codes are written as in the office's locale."""
        locale = Locale(self.office.language, self.office.country, "")
        formats = self.doc.NumberFormats
        found = formats.queryKey(code, locale, False)
        return found if found >= 0 else formats.addNew(code, locale)

    def show(self, cells, code):
        self.sheet.getCellRangeByName(cells).NumberFormat = self.key(code)
        return self

    def merge(self, *areas):
        for area in areas:
            self.sheet.getCellRangeByName(area).merge(True)
        return self

    def hide_row(self, row):
        self.sheet.Rows.getByIndex(row - 1).IsVisible = False
        return self

    def add_sheet(self, name):
        self.doc.Sheets.insertNewByName(name, self.doc.Sheets.Count)
        self.sheet = self.doc.Sheets.getByName(name)
        return self

    def save(self, folder, name, password=None):
        self.doc.calculateAll()
        options = {"FilterName": FILTERS[name.rsplit(".", 1)[1]]}
        if password:
            options["EncryptionData"] = uno.Any("[]com.sun.star.beans.NamedValue", (NamedValue("OOXPassword", password), NamedValue("CryptoType", "Standard")))
        self.doc.storeToURL("file://" + os.path.abspath(os.path.join(folder, name)), props(**options))
        self.doc.close(True)


def plain(office):
    return office.new().rows([HEAD] + PEOPLE)


def form(office, grouped):
    """The form that most payrolls have: titles, a running number, a total, signatures."""
    b = office.new()
    b.rows([["PT Sinar Contoh Abadi"], ["Daftar Gaji Karyawan"], ["Periode: November 2026"]])
    b.merge("A1:F1", "A2:F2", "A3:F3")
    b.rows([["No."] + HEAD], row=5)
    b.rows([[i + 1] + person for i, person in enumerate(PEOPLE)], row=6)
    b.rows([["TOTAL", None, None, None, None, Formula("=SUM(F6:F9)")]], row=10)
    b.merge("A10:E10")
    b.show("F6:F10", grouped)
    b.rows([["Terbilang: sembilan belas juta tujuh ratus dua puluh lima ribu lima ratus rupiah"]], row=11)
    b.rows([[None, None, None, None, "Jakarta, 25 November 2026"], [None, "Dibuat oleh,", None, None, "Disetujui oleh,"],
            [], [], [None, "Ratna", None, None, "Hendra Gunawan"], [None, "Staf HRD", None, None, "Direktur"]], row=13)
    return b


def indonesian(o, to):
    form(o, "#.##0").save(to, "calc-id-form.xlsx")
    form(o, '"Rp" #.##0').save(to, "calc-id-form.xlsm")
    form(o, '[$Rp-421]#.##0,00').save(to, "calc-id-form.xltx")
    form(o, '_-* #.##0_-;-* #.##0_-;_-* "-"_-;_-@_-').save(to, "calc-id-accounting.xlsx")
    form(o, "#.##0").save(to, "calc-id-password.xlsx", password="gaji-contoh-2026")

    b = o.new().rows([HEAD])  # what a hand types into cells that nobody has formatted
    for i, (who, name, bank, account, amount) in enumerate(PEOPLE):
        b.rows([[Typed(who), Typed(name), Typed(bank), Typed(account), Typed(f"{amount:,}".replace(",", "."))]], row=2 + i)
    b.save(to, "calc-id-typed.xlsx")

    b = o.new().rows([HEAD])
    for i, (who, name, bank, account, _) in enumerate(PEOPLE):
        b.rows([[who, name, bank, account, ["Rp 4.500.000,-", "Rp5.250.000,00", "Rp.\u00a03.875.500", "6.100.000"][i]]], row=2 + i)
    b.save(to, "calc-id-amounts-as-text.xlsx")

    b = o.new()
    b.rows([["NIK", "Nama", "Rekening", None, "Penghasilan", None, "Potongan", "Jumlah Diterima"],
            [None, None, "Bank", "Nomor Rekening", "Gaji Pokok", "Tunjangan", "BPJS", None]], row=3)
    b.merge("A3:A4", "B3:B4", "C3:D3", "E3:F3", "H3:H4")
    for i, (who, name, bank, account, amount) in enumerate(PEOPLE):
        b.rows([[who, name, bank, account, amount - 900000, 1000000, 100000, Formula(f"=E{5+i}+F{5+i}-G{5+i}")]], row=5 + i)
    b.save(to, "calc-id-two-row-header.xlsx")

    b = o.new().rows([["No", "NIK", "Nama", "Bank", "No Rekening", "Jumlah"], ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"]])
    b.rows([[i + 1] + p for i, p in enumerate(PEOPLE)], row=3)
    b.save(to, "calc-id-numbered-columns.xlsx")

    b = o.new().rows([HEAD, ["Divisi: Produksi"]] + PEOPLE[:2] + [["Subtotal Produksi", None, None, None, Formula("=SUM(E3:E4)")], [],
                     ["Divisi: Kantor"]] + PEOPLE[2:] + [["Subtotal Kantor", None, None, None, Formula("=SUM(E8:E9)")],
                     ["GRAND TOTAL", None, None, None, Formula("=E5+E10")]])
    b.merge("A2:E2", "A7:E7")
    b.save(to, "calc-id-departments.xlsx")

    b = o.new().rows([["No.\nRekening*", "NAMA  KARYAWAN", "N I K", "BANK\nTUJUAN", "GAJI BERSIH\n(Rp)"]])
    b.rows([[account, name, who, bank, amount] for who, name, bank, account, amount in PEOPLE], row=2)
    b.save(to, "calc-id-header-line-breaks.xlsx")

    b = o.new().rows([["NIK", "Nama", "Departemen", "Bank", "No Rekening", "THP"]])
    b.rows([[p[0], p[1], "Gudang" if i == 0 else None, "BCA" if i == 0 else None, "12345678" + str(90 + i), p[4]] for i, p in enumerate(PEOPLE)], row=2)
    b.merge("C2:C5", "D2:D5")
    b.save(to, "calc-id-merged-bank.xlsx")

    b = o.new().rows([["NIK", "Nama", "Bank", "No Rek", "Gaji Pokok", "Tunjangan", "Potongan", "Gaji Bersih"]])
    b.rows([p[:4] + [p[4] - 500000, 750000, 250000, Formula(f"=E{i+2}+F{i+2}-G{i+2}")] for i, p in enumerate(PEOPLE)], row=2)
    b.save(to, "calc-id-gross-and-net.xlsx")

    b = o.new().rows([["NIK", "Nama", "Bank", "No Rek", "Total Gaji", "Total Diterima"]])
    b.rows([p[:4] + [p[4] + 100000, p[4]] for p in PEOPLE], row=2)
    b.save(to, "calc-id-pay-and-net.xlsx")

    b = o.new().rows([["NIK", "Nama", "Bank", "No Rek", "Jumlah", "THP"]])
    b.rows([p[:4] + [p[4] + 100000, p[4]] for p in PEOPLE], row=2)
    b.save(to, "calc-id-sum-and-net.xlsx")

    upper = ["NIK", "Nama", "Rekening", None, "Gaji Bersih"]
    lower = [None, None, "Bank", "Nomor", "(Rp)"]
    b = o.new().rows([upper, lower] + PEOPLE[:2] + [[], upper, lower] + PEOPLE[2:])
    b.merge("C1:D1", "A1:A2", "B1:B2", "C6:D6", "A6:A7", "B6:B7")
    b.save(to, "calc-id-header-on-every-page.xlsx")

    b = o.new().rows([["NIK", "Nama", "Bank", "No Rek", "Gaji Pokok", "Tunjangan"]])
    b.rows([p[:4] + [p[4], 100000] for p in PEOPLE], row=2)
    b.save(to, "calc-id-gross-only.xlsx")

    b = o.new()
    payroll = b.sheet
    b.add_sheet("Tarif").rows([[p[0], p[4]] for p in PEOPLE])
    b.sheet.IsVisible = False
    b.sheet = payroll
    b.rows([HEAD] + [p[:4] + [Formula(f"=VLOOKUP(A{i+2};$Tarif.$A$1:$B$4;2;0)")] for i, p in enumerate(PEOPLE)])
    b.save(to, "calc-id-vlookup.xlsx")

    b = o.new().rows([HEAD] + PEOPLE)
    b.put("E3", Formula("=VLOOKUP(\"K-999\";A2:E2;5;0)"))
    b.put("E4", Formula("=1/0"))
    b.save(to, "calc-id-formula-errors.xlsx")

    b = plain(o)
    b.sheet.Name = "November"
    b.add_sheet("Oktober").rows([HEAD] + [p[:4] + [p[4] - 1] for p in PEOPLE])
    b.sheet.IsVisible = False
    b.save(to, "calc-id-last-month-hidden.xlsx")

    b = plain(o)
    b.sheet.Name = "Gaji Kantor"
    b.add_sheet("Gaji Pabrik").rows([HEAD] + PEOPLE[:1])
    b.save(to, "calc-id-two-sheets.xlsx")

    plain(o).rows([[Typed("25/11/2026")]], row=3, column="E").save(to, "calc-id-date-as-amount.xlsx")


def american(o, to):
    form(o, "#,##0").save(to, "calc-en-form.xlsx")

    b = o.new().rows([["Employee ID", "Employee Name", "Bank Name", "Account Number", "Net Pay (IDR)"]])
    b.rows([[p[0], p[1], ["Bank Central Asia", "PT Bank Mandiri (Persero) Tbk", "Bank Rakyat Indonesia", "BNI 46"][i], p[3], p[4]] for i, p in enumerate(PEOPLE)], row=2)
    b.show("E2:E5", '"Rp"#,##0.00').save(to, "calc-en-currency.xlsx")

    b = plain(o).hide_row(4)
    b.save(to, "calc-en-hidden-row.xlsx")

    b = plain(o)
    area = b.sheet.getCellRangeByName("A1:E5")
    b.doc.DatabaseRanges.addNewByName("Payroll", area.RangeAddress)
    data = b.doc.DatabaseRanges.getByName("Payroll")
    data.AutoFilter = True
    what = uno.createUnoStruct("com.sun.star.sheet.TableFilterField")
    what.Field, what.IsNumeric, what.StringValue = 2, False, "BCA"
    what.Operator = uno.Enum("com.sun.star.sheet.FilterOperator", "EQUAL")
    data.getFilterDescriptor().setFilterFields((what,))
    data.getFilterDescriptor().ContainsHeader = True
    area.filter(data.getFilterDescriptor())
    b.save(to, "calc-en-filtered.xlsx")

    b = plain(o)
    b.doc.NullDate = uno.createUnoStruct("com.sun.star.util.Date", 1, 1, 1904)
    b.rows([["Join Date"], [Typed("1/15/2020")], [Typed("3/1/2021")], [Typed("6/1/2022")], [Typed("7/1/2023")]], column="F")
    b.save(to, "calc-en-dates-from-1904.xlsx")

    o.new().rows([HEAD] + PEOPLE, column="C", row=5).save(to, "calc-en-begins-at-C5.xlsx")

    b = o.new().rows([HEAD])
    b.rows([p[:3] + [int(p[3]), p[4]] for p in PEOPLE], row=2)
    b.show("D2:D2", "0000000000").show("D4:D4", "000000000000000").show("D5:D5", "0000000000")
    b.save(to, "calc-en-account-shown-with-zeros.xlsx")

    b = o.new().rows([HEAD] + PEOPLE)
    b.put("D4", 123456789012345678)
    b.put("D3", Typed("1.23457E+12"))
    b.save(to, "calc-en-long-numbers.xlsx")

    b = o.new().rows([HEAD] + PEOPLE)
    b.put("D2", "'0123456789")
    b.put("D3", "１２３０００４５６７８９１")
    b.put("D4", "0123-0100-4567-509")
    b.put("D5", "O98765432l")
    b.save(to, "calc-en-strange-digits.xlsx")

    b = o.new().rows([HEAD] + PEOPLE)
    for cell, value in {"E2": -500000, "E3": 0, "E4": "-", "E5": 6100000.75}.items():
        b.put(cell, value)
    b.show("E2:E2", "#,##0;(#,##0)").save(to, "calc-en-amounts-that-are-none.xlsx")

    b = plain(o)
    cell = b.sheet.getCellRangeByName("B2")
    cell.setString("")
    text = cell.Text
    cursor = text.createTextCursor()
    text.insertString(cursor, "Budi ", False)
    cursor.CharWeight = 150.0
    text.insertString(cursor, "Santoso", False)
    b.sheet.Annotations.insertNew(b.sheet.getCellRangeByName("D2").CellAddress, "checked with the employee")
    b.put("F1", "Paid?")
    b.put("F2", Formula("=TRUE()"))
    b.save(to, "calc-en-rich-text-and-notes.xlsx")

    b = plain(o)
    b.rows([[None, None, None, None, Formula("=SUM(E2:E4)")]], row=7)
    b.put("A7", "TOTAL")
    b.save(to, "calc-en-total-misses-one.xlsx")

    for kind in ["ods", "fods", "xls", "xml", "html", "pdf", "slk"]:
        plain(o).save(to, "calc-en-plain." + kind)
    os.rename(to + "/calc-en-plain.xls", to + "/calc-en-xls-named.xlsx")
    os.rename(to + "/calc-en-plain.ods", to + "/calc-en-ods-named.xlsx")


def german(o, to):
    form(o, "#.##0").save(to, "calc-de-form.xlsx")
    form(o, '#.##0,00 "IDR"').save(to, "calc-de-idr-behind.xlsx")
    form(o, '#.##0,00 [$€-407]').save(to, "calc-de-euro.xlsx")
    form(o, '#.##0..').save(to, "calc-de-in-thousands.xlsx")
    b = o.new().rows([HEAD])
    for i, (who, name, bank, account, amount) in enumerate(PEOPLE):
        b.rows([[who, name, bank, account, Typed(f"{amount:,}".replace(",", "."))]], row=2 + i)
    b.save(to, "calc-de-typed-amounts.xlsx")


if __name__ == "__main__":
    office = Office(sys.argv[1])
    try:
        {"id-ID": indonesian, "en-US": american, "de-DE": german}[sys.argv[1]](office, sys.argv[2])
    finally:
        office.close()
