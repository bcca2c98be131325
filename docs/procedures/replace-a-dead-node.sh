#!/bin/sh
# Replaces node 3, in slot 3, whose folder is gone. The line with serve runs on the new machine, with an empty folder and a copy of the secret's file.
#
# SEMEL_NODES             HTTP addresses of the cluster
# DATA SECRET             the new node's folder, and the secret's file
# LISTEN HTTP REDIS       the new node's addresses
# JOIN                    addresses for nodes of some members that are up
set -eu

semel members replace 3
semel serve --id 3 --data "$DATA" --peer-secret "$SECRET" --listen "$LISTEN" --join "$JOIN" --replace slot:3 --http "$HTTP" --redis "$REDIS" &
semel members replace 3 --slot 3 --wait
semel members
