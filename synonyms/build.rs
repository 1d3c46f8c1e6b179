//! Collects `data/<lang>/*.tsv` into the crate, so that adding a language is adding a folder, and refuses a malformed
//! table with its file and line number before anything is compiled.

use std::path::Path;
use std::{env, fs};

/// Table name → its columns.
const TABLES: [(&str, &str); 11] = [
    ("status", "kind\tfull\tshort"),
    ("places", "kind\tfull\tshort"),
    ("units", "kind\twords"),
    ("ordinals", "number\tforms"),
    ("cardinals", "number\tforms"),
    ("titles", "full\tshort"),
    ("fillers", "kind\twords"),
    ("months", "number\tforms"),
    ("words", "word\tequivalents"),
    ("cases", "ending\tnominative"),
    ("brands", "brand\tnames"),
];
const CATEGORIES: (&str, &str) = ("categories", "category\tterms");

fn main() {
    println!("cargo:rerun-if-changed=data");
    let root = Path::new("data");
    let mut entries = Vec::new();
    for folder in sorted(root).into_iter().filter(|p| p.is_dir()) {
        for file in sorted(&folder)
            .into_iter()
            .filter(|p| p.extension().is_some_and(|e| e == "tsv"))
        {
            println!("cargo:rerun-if-changed={}", file.display());
            validate(&file);
            let name = |p: &Path| {
                p.file_stem()
                    .expect("a listed file has a name")
                    .to_string_lossy()
                    .into_owned()
            };
            let full = fs::canonicalize(&file).expect("a listed file exists");
            entries.push(format!(
                "({:?}, {:?}, include_str!({:?}))",
                name(&folder),
                name(&file),
                full
            ));
        }
    }
    assert!(!entries.is_empty(), "no dictionaries under synonyms/data");
    let code = format!("[{}]", entries.join(",\n"));
    let out = Path::new(&env::var("OUT_DIR").expect("cargo sets OUT_DIR")).join("tables.rs");
    fs::write(out, code).expect("the build folder is writable");
}

fn sorted(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(folder)
        .expect("synonyms/data is readable")
        .map(|e| e.expect("a readable entry").path())
        .collect();
    paths.sort();
    paths
}

fn validate(file: &Path) {
    let stem = file
        .file_stem()
        .expect("a listed file has a name")
        .to_string_lossy()
        .into_owned();
    let Some((_, header)) = TABLES
        .iter()
        .chain([&CATEGORIES])
        .find(|(name, _)| *name == stem)
    else {
        panic!(
            "{}: unknown table; known: {:?}",
            file.display(),
            TABLES.map(|t| t.0)
        );
    };
    let columns = header.split('\t').count();
    let text = fs::read_to_string(file).expect("a dictionary is UTF-8 text");
    let mut seen_header = false;
    for (number, line) in text
        .lines()
        .enumerate()
        .filter(|(_, l)| !l.starts_with('#') && !l.trim().is_empty())
    {
        let at = format!("{}:{}", file.display(), number + 1);
        if !seen_header {
            assert!(
                line == *header,
                "{at}: expected header `{header}`, got `{line}`"
            );
            seen_header = true;
            continue;
        }
        let cells: Vec<&str> = line.split('\t').collect();
        assert!(
            cells.len() <= columns,
            "{at}: expected {columns} columns, got {}",
            cells.len()
        );
        assert!(
            !cells[0].trim().is_empty(),
            "{at}: the first column is empty"
        );
        if header.starts_with("number") {
            assert!(
                cells[0].parse::<u16>().is_ok(),
                "{at}: expected a number, got `{}`",
                cells[0]
            );
        }
    }
    assert!(
        seen_header,
        "{}: expected header `{header}`, got an empty file",
        file.display()
    );
}
