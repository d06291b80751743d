package reports

import (
	"bytes"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/xuri/excelize/v2"
)

var errDiskFull = errors.New("no space left on device")

// fullSpool is on a disk that is full.
type fullSpool struct{ memorySpool }

func (f *fullSpool) Write([]byte) (int, error) { return 0, errDiskFull }

// TestAFullDiskEndsTheRows: whenever the disk turns out to be full, the error is told, and giving up
// the rows ends with all that was under way.
func TestAFullDiskEndsTheRows(t *testing.T) {
	row := []cell{excelize.Cell{Value: string(bytes.Repeat([]byte("x"), 32000))}}
	chunk := chunkBytes/size(row) + 1
	for _, chunks := range []int{0, 1, 2, 4, 5, 9} {
		synctest.Test(t, func(t *testing.T) { // fails when everybody waits
			encoders := newEncoders(t.TempDir())
			r := &rows{xml: &piece{spool: &fullSpool{}}, encoders: encoders}
			var err error
			for range chunks*chunk + 1 {
				if err = r.write(row, 0); err != nil {
					break
				}
			}
			err = errors.Join(err, r.finish())
			if !errors.Is(err, errDiskFull) {
				t.Errorf("%d chunks and a row: %v", chunks, err)
			}
			r.close()
			encoders.close()
		})
	}
}
