#!/bin/sh
# Has a cluster go on without node 2. Where something is wrong with another node already, semel status says so, and nothing is done.
#
# SEMEL_NODES             HTTP addresses of the cluster
set -eu

semel status
semel members remove 2
semel members
