// gen-sdk writes the SDK of a package for one language, as `pulumi package gen-sdk` does: gen-sdk [-local] SCHEMA LANGUAGE FOLDER.
// The language hosts generate code in the same way, and are not to be had as Go modules. The file beside it that has `generated`
// says for which languages the program is.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

func main() {
	local := flag.Bool("local", false, "an SDK for one program, which builds it when it installs it")
	flag.Parse()
	if flag.NArg() != 3 {
		fail("usage: gen-sdk [-local] SCHEMA LANGUAGE FOLDER")
	}
	text, err := os.ReadFile(flag.Arg(0))
	check(err)
	var spec schema.PackageSpec
	check(json.Unmarshal(text, &spec))
	bound, diagnostics, err := schema.BindSpec(spec, alone{}, schema.ValidationOptions{})
	check(err)
	if diagnostics.HasErrors() {
		check(diagnostics)
	}
	files, err := generated(flag.Arg(1), bound, *local)
	check(err)
	for name, content := range files {
		path := filepath.Join(flag.Arg(2), name)
		check(os.MkdirAll(filepath.Dir(path), 0o755))
		check(os.WriteFile(path, content, 0o644))
	}
}

// alone loads no other package: the schema refers to none.
type alone struct{}

func (alone) LoadPackage(name string, _ *semver.Version) (*schema.Package, error) {
	return nil, fmt.Errorf("the schema refers to the package %s", name)
}

func (a alone) LoadPackageV2(_ context.Context, wanted *schema.PackageDescriptor) (*schema.Package, error) {
	return a.LoadPackage(wanted.Name, nil)
}

func (a alone) LoadPackageReference(name string, _ *semver.Version) (schema.PackageReference, error) {
	_, err := a.LoadPackage(name, nil)
	return nil, err
}

func (a alone) LoadPackageReferenceV2(_ context.Context, wanted *schema.PackageDescriptor) (schema.PackageReference, error) {
	return a.LoadPackageReference(wanted.Name, nil)
}

func check(err error) {
	if err != nil {
		fail(err.Error())
	}
}

func fail(message string) {
	fmt.Fprintln(os.Stderr, "error: "+message)
	os.Exit(1)
}
