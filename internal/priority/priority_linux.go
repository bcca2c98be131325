package priority

import "golang.org/x/sys/unix"

// low is a nice value, the lowest: of weight 15 where the usual one has 1,024.
const low = 19

// lower lowers the priority of the thread that calls it, of which Linux has one each, whatever POSIX says.
func lower() { _ = unix.Setpriority(unix.PRIO_PROCESS, 0, low) }
