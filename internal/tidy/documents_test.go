// Goal: words, links and explanations of dependencies that are wrong are found.
// Method: tables of small trees. Marks and paths are put together here, so that
// this file keeps the rule it tests.
package tidy

import "testing"

func TestWords(t *testing.T) {
	later, mend, mark := "TO"+"DO", "FIX"+"ME", "XX"+"X"
	home, jobs := "/ro"+"ot", "/tmp/bash"+"_jobs.0/1"
	checkRows(t, Words, []row{
		{"marks", sources{"a/a.go": "package a\n// " + later + ": more", "docs/a.md": mend, "spec/a.tla": "\\* " + mark},
			[]string{"a/a.go:2: " + later, "docs/a.md:1: " + mend, "spec/a.tla:1: " + mark}},
		{"marks inside words", sources{"a.md": later + "S " + mark + "X a" + mend}, nil},
		{"paths", sources{"a.md": "\n" + home + "/x", "b.yml": "dir: \"" + home + "/\"", "c.sh": "cd " + home, "d.md": jobs},
			[]string{"a.md:2: " + home, "b.yml:1: ", "c.sh:1: " + home + " is", "d.md:1: "}},
		{"ends of longer paths", sources{"a.md": "docs" + home + "/a https://example.com" + home + "/ .." + home + "/ ${X}" + home + "/"}, nil},
		{"other words", sources{"a.md": "/ro" + "oted and/ro" + "ot"}, nil},
	})
}

func TestLinks(t *testing.T) {
	checkRows(t, Links, []row{
		{"there", sources{
			"README.md":    "[a](docs/a.md) [b](docs/a.md#part) [c](docs/) [d](./docs \"title\") [e](<docs/a%20b.md>)\n![p](docs/p.svg)",
			"docs/a.md":    "[up](../README.md) [root](/docs/a.md) [here](#part) [web](https://example.com/x.md) [mail](mailto:a@b)",
			"docs/a b.md":  "`[code](gone.md)`\n```\n[code](gone.md)\n```\n~[no link] (gone.md)",
			"docs/p.svg":   "",
			"a/comment.go": "package a\n// [doc](gone.md)",
		}, nil},
		{"gone", sources{"docs/a.md": "text\n[a](b.md) and [c](../c.md#d)\n"}, []string{"docs/a.md:2: link to b.md", "docs/a.md:2: link to ../c.md#d"}},
		{"after a code block", sources{"a.md": "```\n```\n[a](b.md)"}, []string{"a.md:3: "}},
		{"out of the tree", sources{"a.md": "[a](../a.md)"}, []string{"a.md:1: "}},
	})
}

func TestDependencies(t *testing.T) {
	const require2 = "module m\n\nrequire (\n\texample.com/a v1.0.0\n\texample.com/b v1.0.0 // indirect\n)\n"
	const explained = "# Dependencies\n## Modules\n- `example.com/a`: why\n## Tools\n- `example.com/tool`: why\n"
	use := "package a\nimport _ \"example.com/b/c\"\n"
	checkRows(t, Dependencies, []row{
		{"explained", sources{"go.mod": require2, dependenciesPath: explained}, nil},
		{"not explained", sources{"go.mod": require2}, []string{"go.mod: example.com/a has no line"}},
		{"a requirement on a line of its own", sources{"go.mod": "module m\nrequire example.com/a v1.0.0\n"}, []string{"go.mod: example.com/a"}},
		{"imported though marked indirect", sources{"go.mod": require2, dependenciesPath: explained, "a/a.go": use}, []string{"go.mod: example.com/b"}},
		{"gone", sources{dependenciesPath: explained}, []string{dependenciesPath + ": example.com/a is not required"}},
		{"what follows a block", sources{"go.mod": require2 + "retract v0.1.0\n", dependenciesPath: explained}, nil},
		{"excluded is not required", sources{"go.mod": "module m\nexclude (\n\texample.com/a v1.0.0\n)\nexclude example.com/b v1.0.0\n"}, nil},
	})
}
