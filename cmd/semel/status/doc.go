// Package status is `semel status`, and the one reader of what a node says of itself, GET /v1/status.
package status
