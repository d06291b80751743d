#!/bin/sh
# Writes the files of gnumeric: sh gnumeric.sh FOLDER. Nobody in them exists.
set -eu
to=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '%s\n' 'NIK,Nama Karyawan,Bank,No. Rekening,Gaji Bersih' "K-001,Budi Santoso,BCA,'0123456789,4500000" \
	"K-002,Siti Aminah,Mandiri,'1230004567891,5250000" "K-003,Agus Wijaya,BRI,'012301004567509,3875500" \
	"K-004,Dewi Lestari,BNI,'0987654321,=6000000+100000" >"$work/plain.csv"
ssconvert -T Gnumeric_Excel:xlsx "$work/plain.csv" "$to/gnumeric-2007.xlsx" 2>/dev/null
sed "s/'//g" "$work/plain.csv" >"$work/numbers.csv"
ssconvert -T Gnumeric_Excel:xlsx2 "$work/numbers.csv" "$to/gnumeric-2010-numbers.xlsx" 2>/dev/null
ssconvert -T Gnumeric_Excel:excel_biff8 "$work/plain.csv" "$to/gnumeric.xls" 2>/dev/null
ssconvert -T Gnumeric_XmlIO:sax "$work/plain.csv" "$to/gnumeric.gnumeric" 2>/dev/null
