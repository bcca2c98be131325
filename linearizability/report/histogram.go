package report

import "math"

// The size of a histogram's drawing.
const (
	histogramWidth  = 320
	histogramHeight = 40
)

// frame is a histogram as it is drawn: a column has a part for quiet times and one
// for times with a fault on it.
type frame struct {
	Columns []frameColumn
	Ticks   []tick
}

type frameColumn struct {
	X, Width                       float64
	QuietY, Quiet, FaultyY, Faulty float64 // tops and heights
	Title                          string
}

type tick struct {
	X     float64
	Label string
}

// framesOf draws the histograms of all rows. A height is the root of the count's
// share, so that a column of one call in ten thousand can still be seen.
func framesOf(rows []latency) []frame {
	var frames []frame
	for _, row := range rows {
		most := 1
		for _, b := range row.Bars {
			most = max(most, b.Quiet+b.Faulty)
		}
		f := frame{}
		step := histogramWidth / float64(len(row.Bars))
		for i, b := range row.Bars {
			if b.Step%stepsPerDecade == 0 {
				f.Ticks = append(f.Ticks, tick{round1(float64(i) * step), duration(stepStart(b.Step))})
			}
			if n := b.Quiet + b.Faulty; n > 0 {
				f.Columns = append(f.Columns, columnOf(b, float64(i)*step, step, float64(histogramHeight)*math.Sqrt(float64(n)/float64(most))))
			}
		}
		frames = append(frames, f)
	}
	return frames
}

func columnOf(b bar, x, step, height float64) frameColumn {
	height = max(height, 1)
	n := b.Quiet + b.Faulty
	faulty := height * float64(b.Faulty) / float64(n)
	return frameColumn{
		X: round1(x), Width: round1(max(step-1, 0.8)),
		QuietY: round1(histogramHeight - height + faulty), Quiet: round1(height - faulty),
		FaultyY: round1(histogramHeight - height), Faulty: round1(faulty),
		Title: duration(stepStart(b.Step)) + " to " + duration(stepStart(b.Step+1)) + ": " + plural(n, "call"),
	}
}

func round1(x float64) float64 { return math.Round(x*10) / 10 }
