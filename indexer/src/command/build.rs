//! `build` and `update`.

use super::{parse_country, write_json};
use crate::clock;
use crate::pipeline::{BuildPlan, run_build};
use crate::progress::Progress;
use crate::sources::{self, SourceKind};
use anyhow::{Context, Result};
use clap::Args;
use geodata::snapshot::{CURRENT_LINK, Manifest, OpenError};
use std::io::Write;
use std::path::PathBuf;

#[derive(Args, Debug)]
pub(super) struct BuildArgs {
    /// The data folder; snapshots are kept under DIR/snapshots, DIR/current points at the live one.
    #[arg(long, env = "KUDY_DATA", value_name = "DIR")]
    data: PathBuf,
    /// An OpenStreetMap extract; may be given several times.
    #[arg(
        long,
        env = "KUDY_OSM",
        value_name = "FILE.osm.pbf",
        required = true,
        value_delimiter = ','
    )]
    osm: Vec<PathBuf>,
    /// A diff on top of the extracts; may be given several times, the oldest first.
    #[arg(
        long,
        env = "KUDY_OSC",
        value_name = "FILE.osc|FILE.osc.gz",
        value_delimiter = ','
    )]
    osc: Vec<PathBuf>,
    /// An own address list; may be given several times.
    #[arg(
        long,
        env = "KUDY_ADDRESSES",
        value_name = "FILE.csv|FILE.geojson",
        value_delimiter = ','
    )]
    addresses: Vec<PathBuf>,
    /// How often places were asked for: `osm,count` or `id,count`.
    #[arg(long, env = "KUDY_POPULARITY", value_name = "FILE.csv")]
    popularity: Option<PathBuf>,
    /// The country of places that lie in no country's boundary: an ISO 3166-1 code of two letters.
    #[arg(long, env = "KUDY_COUNTRY", value_name = "UA", value_parser = parse_country)]
    country: Option<String>,
    #[command(flatten)]
    ending: Ending,
}

#[derive(Args, Debug)]
struct Ending {
    /// The address base, whose edits are applied: `sqlite:FILE` or `postgres://…`. Without one, DIR/kudy.db if it is there.
    #[arg(long, env = "KUDY_BASE", value_name = "URL", hide_env_values = true)]
    base: Option<String>,
    /// Write the snapshot, but leave the live one as it is.
    #[arg(long, env = "KUDY_NO_PUBLISH")]
    no_publish: bool,
    /// Also write the report as JSON.
    #[arg(long, env = "KUDY_REPORT", value_name = "FILE.json")]
    report: Option<PathBuf>,
}

impl Ending {
    fn run(&self, plan: BuildPlan, out: &mut impl Write) -> Result<()> {
        let plan = BuildPlan {
            publish: !self.no_publish,
            base: self.base.clone(),
            built_at: clock::rfc3339(clock::now())?,
            ..plan
        };
        let report = run_build(&plan, Progress::default())?;
        if let Some(path) = &self.report {
            write_json(path, &report)?;
        }
        write!(out, "{report}").context("cannot write the report")
    }
}

impl BuildArgs {
    pub(super) fn run(self, out: &mut impl Write) -> Result<()> {
        let plan = BuildPlan {
            data: self.data,
            osm: self.osm,
            osc: self.osc,
            addresses: self.addresses,
            popularity: self.popularity,
            country: self.country,
            ..BuildPlan::default()
        };
        self.ending.run(plan, out)
    }
}

#[derive(Args, Debug)]
pub(super) struct UpdateArgs {
    /// The data folder that `kudy-indexer build` filled.
    #[arg(long, env = "KUDY_DATA", value_name = "DIR")]
    data: PathBuf,
    /// A diff on top of what the live snapshot was built from; may be given several times, the oldest first.
    #[arg(
        long,
        env = "KUDY_OSC",
        value_name = "FILE.osc|FILE.osc.gz",
        required = true,
        value_delimiter = ','
    )]
    osc: Vec<PathBuf>,
    #[command(flatten)]
    ending: Ending,
}

impl UpdateArgs {
    pub(super) fn run(self, out: &mut impl Write) -> Result<()> {
        let Ok(folder) = std::fs::canonicalize(self.data.join(CURRENT_LINK)) else {
            return Err(OpenError::NoSnapshot { data: self.data }.into());
        };
        let manifest = Manifest::read(&folder)?;
        sources::check(&self.data, &manifest)?;
        let new: Vec<_> = self
            .osc
            .iter()
            .map(|p| (SourceKind::Osc, p.as_path()))
            .collect();
        let described = sources::describe(&new)?;
        let kept = |kind| sources::of_kind(&self.data, &manifest, kind);
        let mut osc = kept(SourceKind::Osc);
        for (path, entry) in self.osc.iter().zip(&described) {
            if manifest.sources.iter().any(|s| s.sha256 == entry.sha256) {
                writeln!(
                    out,
                    "skipped    {}: the live snapshot has it already",
                    path.display()
                )?;
            } else {
                osc.push(path.clone());
            }
        }
        if osc.len() == kept(SourceKind::Osc).len() {
            writeln!(out, "nothing to do")?;
            return Ok(());
        }
        let plan = BuildPlan {
            osm: kept(SourceKind::Osm),
            osc,
            addresses: kept(SourceKind::Addresses),
            popularity: kept(SourceKind::Popularity).pop(),
            country: manifest.country.clone(),
            data: self.data,
            ..BuildPlan::default()
        };
        self.ending.run(plan, out)
    }
}
