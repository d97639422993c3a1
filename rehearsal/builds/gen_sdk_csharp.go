package main

import (
	"fmt"

	"github.com/pulumi/pulumi/pkg/v3/codegen/dotnet"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

func generated(language string, bound *schema.Package, _ bool) (map[string][]byte, error) {
	if language != "csharp" {
		return nil, fmt.Errorf("%s is no language of this program; say csharp", language)
	}
	return dotnet.GeneratePackage("gen-sdk", bound, nil, nil)
}
