package main

// setFault switches a fault of raft/protocol on, 0 none. The program that tries faults is
// built with an overlay, which has another body here.
func setFault(int) { panic("faults: built without the altered source") }
