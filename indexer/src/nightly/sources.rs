//! Which files of a folder are read as what: by the endings of their names, in the order of their names, in which
//! numbers count as numbers (`9.osc.gz` comes before `10.osc.gz`).

use std::cmp::Ordering;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why a folder is no folder of sources.
#[derive(Debug, Error)]
pub enum SourcesError {
    #[error("cannot read the folder `{}`", .path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("`{}` has no extract; expected at least one file that ends in .osm.pbf", .path.display())]
    NoExtract { path: PathBuf },
}

/// The files of a night.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NightlySources {
    /// `*.osm.pbf`.
    pub osm: Vec<PathBuf>,
    /// `*.osc`, `*.osc.gz`.
    pub osc: Vec<PathBuf>,
    /// `*.csv`, `*.geojson`.
    pub addresses: Vec<PathBuf>,
    /// `popularity.csv`.
    pub popularity: Option<PathBuf>,
    /// `golden*.tsv`, `golden*.jsonl`: questions that have to be answered as well as before.
    pub golden: Vec<PathBuf>,
    /// Names of all others.
    pub ignored: Vec<String>,
}

impl NightlySources {
    /// Looks into a folder, not into folders in it.
    ///
    /// # Errors
    /// When it cannot be read, or has no extract.
    pub fn find(folder: &Path) -> Result<NightlySources, SourcesError> {
        let failed = |source| SourcesError::Read {
            path: folder.to_owned(),
            source,
        };
        let mut names = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            // Hidden files are somebody's unfinished downloads.
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.path().is_file() && !name.starts_with('.') {
                names.push(name);
            }
        }
        names.sort_by(|a, b| by_number(a, b));
        let mut sources = NightlySources::default();
        for name in names {
            sources.sort(folder, name);
        }
        if sources.osm.is_empty() {
            return Err(SourcesError::NoExtract {
                path: folder.to_owned(),
            });
        }
        Ok(sources)
    }

    fn sort(&mut self, folder: &Path, name: String) {
        let path = folder.join(&name);
        let ends = |endings: &[&str]| endings.iter().any(|e| name.ends_with(e));
        if ends(&[".osm.pbf"]) {
            self.osm.push(path);
        } else if ends(&[".osc", ".osc.gz"]) {
            self.osc.push(path);
        } else if name == "popularity.csv" {
            self.popularity = Some(path);
        } else if name.starts_with("golden") && ends(&[".tsv", ".jsonl"]) {
            self.golden.push(path);
        } else if ends(&[".csv", ".geojson"]) {
            self.addresses.push(path);
        } else {
            self.ignored.push(name);
        }
    }
}

/// Compares names as people do: runs of digits by their value.
fn by_number(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let (x, y) = (head(&mut a), head(&mut b));
        let order = match (number(x), number(y)) {
            (Some(n), Some(m)) => n.cmp(&m).then(x.len().cmp(&y.len())),
            _ => x.cmp(y),
        };
        if order != Ordering::Equal || x.is_empty() {
            return order;
        }
    }
}

/// Takes the first run of digits or of anything else off a text.
fn head<'a>(text: &mut &'a str) -> &'a str {
    let digits = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text
        .find(|c: char| c.is_ascii_digit() != digits)
        .unwrap_or(text.len());
    let (head, rest) = text.split_at(end);
    *text = rest;
    head
}

/// The value of a run of digits, without leading zeros so that any length compares.
fn number(text: &str) -> Option<(usize, &str)> {
    let digits = text.starts_with(|c: char| c.is_ascii_digit());
    let value = text.trim_start_matches('0');
    digits.then_some((value.len(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_their_names_and_diffs_come_in_order() -> anyhow::Result<()> {
        let dir = tempfile::tempdir()?;
        for name in [
            "ua.osm.pbf",
            "10.osc.gz",
            "9.osc.gz",
            "009-b.osc",
            "own.csv",
            "popularity.csv",
            "golden-lviv.tsv",
            "README",
            ".part.osm.pbf",
        ] {
            std::fs::write(dir.path().join(name), "")?;
        }
        let found = NightlySources::find(dir.path())?;
        let names = |paths: &[PathBuf]| -> Vec<String> {
            let names = paths.iter().filter_map(|p| p.file_name());
            names.map(|n| n.to_string_lossy().into_owned()).collect()
        };
        assert_eq!(names(&found.osm), ["ua.osm.pbf"]);
        assert_eq!(names(&found.osc), ["9.osc.gz", "009-b.osc", "10.osc.gz"]);
        assert_eq!(names(&found.addresses), ["own.csv"]);
        assert!(found.popularity.is_some());
        assert_eq!(names(&found.golden), ["golden-lviv.tsv"]);
        assert_eq!(found.ignored, ["README"]);
        Ok(())
    }

    #[test]
    fn a_folder_without_extract_is_refused() -> anyhow::Result<()> {
        let dir = tempfile::tempdir()?;
        assert!(matches!(
            NightlySources::find(dir.path()),
            Err(SourcesError::NoExtract { .. })
        ));
        assert!(matches!(
            NightlySources::find(&dir.path().join("none")),
            Err(SourcesError::Read { .. })
        ));
        Ok(())
    }
}
