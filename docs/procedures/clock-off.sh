#!/bin/sh
# What to do where the clock of a machine runs too fast or too slow: windows and leases end by the clock of the node that leads, so another one leads until
# that is mended. A wall clock that is off, or is set, by whatever it is, changes nothing.
#
# SEMEL_NODES             HTTP addresses of the cluster
# OTHER                   a node whose clock is well
set -eu

semel status
semel transfer --to "$OTHER"
semel status
