#!/bin/sh
# Backs up a living cluster, and makes the folders of a new one of three nodes out of the backup. On several machines the loop's body is run on each, with
# the same file. The commands are those of docs/operations.md; a test runs them under load.
#
# SEMEL_NODES  HTTP addresses of the cluster
# BACKUP       file to be written
# CLUSTER      name of the new cluster
# DATA         folder for the new nodes' folders
set -eu

semel backup "$BACKUP"
for id in 1 2 3; do
	semel restore "$BACKUP" --data "$DATA/$id" --id $id --members 1,2,3 --cluster "$CLUSTER"
	semel verify "$DATA/$id"
done
