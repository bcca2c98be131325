package neighbours

// notYet are kinds that nodes do not put up with yet: they are tried by name only.
var notYet = []string{"silence", "half-greeting", "slow-reader", "large-reads", "pretender", "replay", "catch-up"}
