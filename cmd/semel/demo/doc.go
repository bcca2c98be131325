// Package demo is `semel demo`: the service under a stream of lines and a kill of its leader, compared with the truth.
package demo
