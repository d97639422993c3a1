// Package cloud without the command `api`, which asks the makers' own service whatever its OpenAPI document describes.
// The library that reads such documents is a quarter of what the whole program takes to build; no part of the engine uses it.
package cloud

import "github.com/spf13/cobra"

// APIError is what that command ends in when it fails. Nothing here makes one.
type APIError struct {
	error
	ExitCode int
	Silent   bool
}

// NewAPICmd is a command that does nothing and is not listed.
func NewAPICmd() *cobra.Command {
	return &cobra.Command{Use: "api", Hidden: true}
}
