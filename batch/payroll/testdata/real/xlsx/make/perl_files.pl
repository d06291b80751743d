# Writes the files of Perl's Excel::Writer::XLSX: perl perl_files.pl FOLDER. Nobody in them exists.
use strict;
use warnings;
use Excel::Writer::XLSX;

my $to   = shift;
my @head = ('Employee No.', 'Beneficiary Name', 'Bank Code', 'Account No', 'Amount (IDR)', 'Remarks');
my @rows = (
    ['K-001', 'Budi Santoso', '014', '0123456789',      4500000, 'Gaji Nov'],
    ['K-002', 'Siti Aminah',  '008', '1230004567891',   5250000, 'Gaji Nov'],
    ['K-003', 'Agus Wijaya',  '002', '012301004567509', 3875500, 'Gaji Nov'],
    ['K-004', 'Dewi Lestari', '009', '0987654321',      6100000, 'Gaji Nov'],
);

sub book {
    my ($name, $write) = @_;
    my $book  = Excel::Writer::XLSX->new("$to/$name");
    my $sheet = $book->add_worksheet('Payroll');
    $sheet->write_row(0, 0, \@head);
    for my $i (0 .. $#rows) {
        for my $j (0 .. 5) { $write->($sheet, $i + 1, $j, $rows[$i][$j]) }
    }
    return $book;
}

book('perl-texts.xlsx', sub { my ($s, $i, $j, $v) = @_; $j == 4 ? $s->write_number($i, $j, $v) : $s->write_string($i, $j, $v) })->close;
# write() takes what looks like a number for one, as the module does by itself.
book('perl-guessed-numbers.xlsx', sub { my ($s, $i, $j, $v) = @_; $s->write($i, $j, $v) })->close;
my $book = book('perl-formula-with-value.xlsx', sub {
    my ($s, $i, $j, $v) = @_;
    $j == 4 ? $s->write_formula($i, $j, "=$v-0", undef, $v) : $s->write_string($i, $j, $v);
});
my $logo = $book->add_worksheet('Logo');
$logo->write('A1', 'PT Sinar Contoh Abadi');
$book->close;
