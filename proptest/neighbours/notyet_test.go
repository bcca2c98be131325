package neighbours

// notYet are kinds that nodes do not put up with yet: they are tried by name only.
var notYet []string
