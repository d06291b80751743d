// Writes the files of exceljs and of SheetJS: node node_files.js FOLDER, with both packages installed. Nobody in them exists.
const ExcelJS = require('exceljs');
const XLSX = require('xlsx');
const to = process.argv[2];
const head = ['NIK', 'Nama Karyawan', 'Bank', 'No. Rekening', 'Gaji Bersih'];
const people = [
  ['K-001', 'Budi Santoso', 'BCA', '0123456789', 4500000],
  ['K-002', 'Siti Aminah', 'Mandiri', '1230004567891', 5250000],
  ['K-003', 'Agus Wijaya', 'BRI', '012301004567509', 3875500],
  ['K-004', 'Dewi Lestari', 'BNI', '0987654321', 6100000],
];

async function main() {
  let book = new ExcelJS.Workbook();
  let sheet = book.addWorksheet('Gaji');
  sheet.addRow(head);
  people.forEach((p, i) => sheet.addRow([...p.slice(0, 4), { formula: `${p[4]}+0`, result: p[4] }]));
  sheet.getCell('B3').value = { richText: [{ text: 'Siti ' }, { font: { bold: true }, text: 'Aminah' }] };
  sheet.getCell('A1').note = 'personnel number';
  await book.xlsx.writeFile(to + '/exceljs-formulas.xlsx');

  const stream = new ExcelJS.stream.xlsx.WorkbookWriter({ filename: to + '/exceljs-stream-inline.xlsx', useSharedStrings: false });
  sheet = stream.addWorksheet('Gaji');
  [head, ...people].forEach((row) => sheet.addRow(row).commit());
  await stream.commit();

  const sheetjs = (rows) => {
    const b = XLSX.utils.book_new();
    XLSX.utils.book_append_sheet(b, XLSX.utils.aoa_to_sheet(rows), 'Gaji');
    return b;
  };
  XLSX.writeFile(sheetjs([head, ...people]), to + '/sheetjs-strings-in-cells.xlsx');
  XLSX.writeFile(sheetjs([head, ...people]), to + '/sheetjs-shared-strings.xlsx', { bookSST: true, compression: true });
  XLSX.writeFile(sheetjs([head, ...people]), to + '/sheetjs-plain.xlsb');
  XLSX.writeFile(sheetjs([[], [null, 'PT Sinar Contoh Abadi'], [], [null, ...head], ...people.map((p) => [null, ...p])]), to + '/sheetjs-leading-blanks.xlsx');
}
main();
