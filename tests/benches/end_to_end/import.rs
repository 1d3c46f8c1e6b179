//! The build, by the program that builds; and the floors: reading the same extracts and keeping nothing.

use crate::{Args, median, tell};
use anyhow::{Context, Result, ensure};
use indexer::osm::{PbfFile, ReadError, read_floor, unpack_floor};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;
use tests::{extract, run_indexer};

/// What of the program's own report is used.
#[derive(Deserialize)]
pub(crate) struct BuildFigures {
    /// Objects read.
    pub(crate) read: u64,
    /// By layer.
    pub(crate) places: BTreeMap<String, u64>,
    /// Stages and their seconds, in order.
    pub(crate) stages: Vec<(String, f64)>,
    pub(crate) peak_memory_mb: u64,
    pub(crate) snapshot_bytes: u64,
}

/// What a build took: the middle one of some.
pub(crate) struct Import {
    pub(crate) source_bytes: u64,
    pub(crate) build: BuildFigures,
    /// From the start of the program to its end.
    pub(crate) seconds: f64,
    /// Of decoding every object, the median.
    pub(crate) floor_seconds: f64,
    /// Of unpacking the blocks that the objects are in, the median.
    pub(crate) unpack_seconds: f64,
}

impl Import {
    /// Places of a layer.
    pub(crate) fn count(&self, layer: &str) -> u64 {
        self.build.places.get(layer).copied().unwrap_or_default()
    }

    /// How many times the floor the build takes.
    pub(crate) fn floors(&self) -> f64 {
        self.seconds / self.floor_seconds
    }
}

/// Builds into a folder.
pub(crate) fn measure(args: &Args, data: &Path) -> Result<Import> {
    let extracts = match &args.osm[..] {
        [] => ["chisinau-bbbike", "ladyzhyn", "mykolaiv-streets"]
            .map(extract)
            .to_vec(),
        given => given.to_vec(),
    };
    let mut source_bytes = 0;
    for path in &extracts {
        // Read once before anything is measured: the disk is not what is compared.
        let bytes = std::fs::read(path);
        let bytes = bytes.with_context(|| format!("cannot read `{}`", path.display()))?;
        source_bytes += bytes.len() as u64;
    }
    let (mut builds, mut floors, mut unpacking) = (Vec::new(), Vec::new(), Vec::new());
    // In turns: when the machine is slow for a while, all feel it.
    for _ in 0..args.rounds.max(1) {
        tell("the floors: reading, keeping nothing");
        unpacking.push(seconds(&extracts, unpack_floor)?);
        floors.push(seconds(&extracts, read_floor)?);
        tell("the build");
        // Into an empty folder, each time.
        std::fs::remove_dir_all(data)?;
        std::fs::create_dir(data)?;
        builds.push(build(args, &extracts, data)?);
    }
    builds.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (seconds, build) = builds.swap_remove(builds.len() / 2);
    Ok(Import {
        source_bytes,
        build,
        seconds,
        floor_seconds: median(floors),
        unpack_seconds: median(unpacking),
    })
}

/// How long `read` takes over all extracts.
fn seconds(extracts: &[PathBuf], read: impl Fn(&PbfFile) -> Result<u64, ReadError>) -> Result<f64> {
    let began = Instant::now();
    for path in extracts {
        let objects = read(&PbfFile::open(path)?)?;
        ensure!(objects > 0, "`{}` holds nothing", path.display());
    }
    Ok(began.elapsed().as_secs_f64())
}

fn build(args: &Args, extracts: &[PathBuf], data: &Path) -> Result<(f64, BuildFigures)> {
    let report = data.join("report.json");
    let mut arguments: Vec<PathBuf> = vec!["build".into(), "--data".into(), data.into()];
    for path in extracts {
        arguments.extend(["--osm".into(), path.clone()]);
    }
    if let Some(popularity) = &args.popularity {
        arguments.extend(["--popularity".into(), popularity.clone()]);
    }
    if let Some(country) = &args.country {
        arguments.extend(["--country".into(), country.into()]);
    }
    arguments.extend(["--report".into(), report.clone()]);
    let began = Instant::now();
    let output = run_indexer(&arguments);
    let seconds = began.elapsed().as_secs_f64();
    ensure!(output.code == 0, "the build failed: {}", output.stderr);
    let text = std::fs::read(&report).context("the build left no report")?;
    let figures = serde_json::from_slice(&text).context("the build's report cannot be read")?;
    Ok((seconds, figures))
}
