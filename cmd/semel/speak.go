//go:build !nextversion

package main

// speak has the program speak the versions of the log that it ships with.
func speak() {}
