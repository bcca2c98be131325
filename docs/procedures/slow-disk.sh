#!/bin/sh
# What to do while the disk of node ID is slow: see whose it is, and have another node lead where that one does. Then mend the disk, or replace the node.
#
# SEMEL_NODES             HTTP addresses of the cluster
# OTHER                   a node whose disk is well
set -eu

semel status || true
semel transfer --to "$OTHER"
semel status || true
