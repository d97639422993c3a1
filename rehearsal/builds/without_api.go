// Package cloud without the command `api`, which calls Pulumi's own service as its OpenAPI document describes.
// The library that reads such documents takes a quarter of the whole program's build. No part of the engine uses it.
package cloud

import "github.com/spf13/cobra"

// APIError is the error of that command. Nothing here makes one.
type APIError struct {
	error
	ExitCode int
	Silent   bool
}

// NewAPICmd returns a hidden command that does nothing.
func NewAPICmd() *cobra.Command {
	return &cobra.Command{Use: "api", Hidden: true}
}
