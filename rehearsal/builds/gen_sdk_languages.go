package main

import (
	"fmt"

	gogen "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

func generated(language string, bound *schema.Package, local bool) (map[string][]byte, error) {
	switch language {
	case "nodejs":
		return nodejs.GeneratePackage("gen-sdk", bound, nil, nil, local, alone{})
	case "python":
		return python.GeneratePackage("gen-sdk", bound, nil, alone{})
	case "go":
		return gogen.GeneratePackage("gen-sdk", bound, nil)
	default:
		return nil, fmt.Errorf("%s is no language of this program; say nodejs, python or go", language)
	}
}
