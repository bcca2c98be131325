package main

// setFault switches a fault of raft/protocol on, 0 none. The program that tries faults is
// built with an overlay, which has another body here.
func setFault(int) { missing() }

// record has it noted, until recorded is called, which faults would make a difference; by ID.
func record() { missing() }

func recorded() map[int]bool { missing(); return nil }

func missing() { panic("faults: built without the altered source") }
