"""Writes the files of the Python libraries openpyxl and XlsxWriter: /usr/bin/python3 python_files.py FOLDER. Nobody in them exists."""
import datetime
import sys

import openpyxl
import xlsxwriter
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table

HEAD = ["NIK", "Nama Karyawan", "Bank", "No. Rekening", "Gaji Bersih"]
PEOPLE = [
    ["K-001", "Budi Santoso", "BCA", "0123456789", 4500000],
    ["K-002", "Siti Aminah", "Mandiri", "1230004567891", 5250000],
    ["K-003", "Agus Wijaya", "BRI", "012301004567509", 3875500],
    ["K-004", "Dewi Lestari", "BNI", "0987654321", 6100000],
]
to = sys.argv[1]


def book(rows):
    b = openpyxl.Workbook()
    for row in rows:
        b.active.append(row)
    return b, b.active


b, sheet = book([HEAD] + PEOPLE)
sheet.title = "Payroll Nov"
sheet["A1"].comment = Comment("as in the personnel file", "HRD")
for cell in sheet[1]:
    cell.font, cell.fill, cell.alignment = Font(bold=True), PatternFill("solid", fgColor="DDDDDD"), Alignment(wrap_text=True)
banks = DataValidation(type="list", formula1='"BCA,Mandiri,BRI,BNI"')
sheet.add_data_validation(banks)
banks.add("C2:C100")
sheet.add_table(Table(displayName="Payroll", ref="A1:E5"))
sheet.freeze_panes = "A2"
chart = BarChart()
chart.add_data(Reference(sheet, min_col=5, min_row=1, max_row=5), titles_from_data=True)
b.create_chartsheet("Chart").add_chart(chart)
b.save(to + "/openpyxl-table-and-chart-sheet.xlsx")

b, sheet = book([HEAD] + PEOPLE)
for row in range(2, 6):
    sheet[f"E{row}"] = f"=4000000+{row}*100000"
b.save(to + "/openpyxl-formulas-never-computed.xlsx")

b = openpyxl.Workbook(write_only=True)
sheet = b.create_sheet("Gaji")
for row in [HEAD] + PEOPLE:
    sheet.append(row)
b.save(to + "/openpyxl-write-only.xlsx")

b, sheet = book([HEAD + ["Tanggal Masuk", "Aktif"]] + [p + [datetime.date(2020, 1, i + 1), True] for i, p in enumerate(PEOPLE)])
b.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
b.save(to + "/openpyxl-dates-and-booleans-1904.xlsx")

b, sheet = book([HEAD] + [p[:3] + [p[3], str(p[4])] for p in PEOPLE])
for row in range(2, 6):
    sheet[f"D{row}"].quotePrefix = True
sheet.sheet_state = "visible"
b.create_sheet("very").sheet_state = "veryHidden"
for row in [HEAD] + PEOPLE:
    b["very"].append(row)
b.save(to + "/openpyxl-numbers-as-text-and-very-hidden-sheet.xlsx")

b, sheet = book([HEAD] + [p[:3] + [int(p[3]), p[4]] for p in PEOPLE])
b.save(to + "/openpyxl-accounts-as-numbers.xlsx")

b, sheet = book([HEAD] + [[p[0], "\u200b" + p[1].replace(" ", "\u00a0"), p[2] + " ", p[3] + "\u00a0", p[4]] for p in PEOPLE])
b.save(to + "/openpyxl-odd-blanks.xlsx")

b, sheet = book([["NIK", "Nama", "Bank", "No Rekening", "Mata Uang", "Nominal"]] + [p[:4] + ["USD" if i == 2 else "IDR", p[4]] for i, p in enumerate(PEOPLE)])
b.save(to + "/openpyxl-currency-column.xlsx")

b, sheet = book([HEAD] + PEOPLE)
sheet.column_dimensions["D"].hidden = True
b.save(to + "/openpyxl-hidden-account-column.xlsx")

b, sheet = book([HEAD] + PEOPLE)
sheet.merge_cells("E1:F1")
b.create_sheet("Keterangan")["A1"] = "Bank transfer, not cash"
b.save(to + "/openpyxl-merged-header.xlsx")

b, sheet = book([HEAD] + PEOPLE + [PEOPLE[1], ["K-005", "Rudi Hartono", "BCA", "0123456789", 1000000]])
b.save(to + "/openpyxl-paid-twice.xlsx")

b, sheet = book([["No", "Nama", "Alamat"], [1, "Budi Santoso", "Bandung"]])
b.save(to + "/openpyxl-no-payroll.xlsx")

b, sheet = book([HEAD] + PEOPLE)
b.template = True
b.save(to + "/openpyxl-template-named.xlsx")


def write(name, options, rows, dress=None):
    b = xlsxwriter.Workbook(to + "/" + name, options)
    sheet = b.add_worksheet()
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            sheet.write(i, j, value)
    if dress:
        dress(b, sheet)
    b.close()


write("xlsxwriter-inline-strings.xlsx", {"constant_memory": True}, [HEAD] + PEOPLE)
write("xlsxwriter-macro-enabled.xlsm", {}, [HEAD] + PEOPLE)
write("xlsxwriter-formulas-never-computed.xlsx", {}, [HEAD] + PEOPLE,
      lambda b, s: [s.write_formula(i, 4, f"=4000000+{i}*100000") for i in range(1, 5)])


def rich(b, s):
    bold = b.add_format({"bold": True})
    s.write_rich_string(1, 1, "Budi ", bold, "Santoso")
    s.write_rich_string(1, 3, bold, "01234", "56789")
    s.write_comment(1, 3, "asked by phone")
    s.conditional_format("E2:E5", {"type": "data_bar"})
    s.protect("x")
    s.set_column("H:XFD", None, None, {"hidden": True})


write("xlsxwriter-rich-text-protected-sheet.xlsx", {}, [HEAD] + PEOPLE, rich)
write("xlsxwriter-accounting-format.xlsx", {}, [HEAD] + PEOPLE,
      lambda b, s: [s.write(i + 1, 4, p[4], b.add_format({"num_format": ['_-"Rp"* #,##0_-;-"Rp"* #,##0_-;_-"Rp"* "-"_-;_-@_-', "#,##0_);(#,##0)", "[$Rp-421]#,##0", 41][i]})) for i, p in enumerate(PEOPLE)])
write("xlsxwriter-scaled-format.xlsx", {}, [HEAD] + PEOPLE, lambda b, s: s.write(2, 4, 5250000, b.add_format({"num_format": '#,##0,"K"'})))
write("xlsxwriter-strings-to-numbers.xlsx", {"strings_to_numbers": True}, [HEAD] + PEOPLE)
