//! The table on the screen, and the same as Markdown for BENCHMARKS.md.

use crate::import::Import;
use crate::serving::{COMPARED, Serving};
use std::fmt;
use tests::Machine;

/// The most times the floor that a build should take.
const MAX_FLOORS: f64 = 6.0;
/// The least share of the floor's throughput that the server should have.
const MIN_SHARE: f64 = 1.0 / 12.0;
const MB: f64 = 1e6;

/// Everything that one run found.
pub(crate) struct Report {
    pub(crate) name: String,
    pub(crate) date: String,
    pub(crate) machine: Machine,
    pub(crate) import: Import,
    pub(crate) serving: Serving,
}

impl Report {
    /// A heading and a table to paste.
    pub(crate) fn markdown(&self) -> String {
        let m = &self.machine;
        let mut text = format!(
            "### {}, {}, commit {}\n\n{} cores of {}, {:.0} GB; load average before the run: {}\n\n| what | figure |\n|---|---|\n",
            self.name, self.date, m.commit, m.cores, m.cpu, m.memory_gb, m.load
        );
        for (what, figure) in self.rows() {
            text.push_str(&format!("| {what} | {figure} |\n"));
        }
        text
    }

    fn rows(&self) -> Vec<(String, String)> {
        let mut rows = self.import_rows();
        rows.extend(self.load_rows());
        rows.extend(self.memory_rows());
        rows
    }

    fn import_rows(&self) -> Vec<(String, String)> {
        let import = &self.import;
        let (houses, objects) = (import.count("house"), import.build.read);
        let all: u64 = import.build.places.values().sum();
        let per_million = |count: u64| import.seconds * 1e6 / count.max(1) as f64;
        let mut stages = import.build.stages.clone();
        stages.sort_by(|a, b| b.1.total_cmp(&a.1));
        let stages = stages
            .iter()
            .take(4)
            .map(|(name, s)| format!("{name} {s:.1} s"));
        let stages = stages.collect::<Vec<_>>().join(", ");
        vec![
            row(
                "scale",
                format!(
                    "{:.1} MB of extracts, {objects} objects; {houses} houses, {} streets, {} other places",
                    import.source_bytes as f64 / MB,
                    import.count("street"),
                    all - houses - import.count("street"),
                ),
            ),
            row(
                "build",
                format!(
                    "{:.2} s, peak memory {} MB; {:.1} s per million objects, {:.1} s per million houses",
                    import.seconds,
                    import.build.peak_memory_mb,
                    per_million(objects),
                    per_million(houses)
                ),
            ),
            row("its longest stages", stages),
            row(
                "read floor",
                format!(
                    "{:.2} s to decode every object; the build takes {:.1} times that{}; {:.2} s to unpack the blocks \
                     alone",
                    import.floor_seconds,
                    import.floors(),
                    verdict(import.floors() <= MAX_FLOORS, "at most 6"),
                    import.unpack_seconds
                ),
            ),
            row(
                "snapshot",
                format!(
                    "{:.1} MB, {:.0} bytes per house",
                    import.build.snapshot_bytes as f64 / MB,
                    import.build.snapshot_bytes as f64 / houses.max(1) as f64
                ),
            ),
        ]
    }

    fn load_rows(&self) -> Vec<(String, String)> {
        let serving = &self.serving;
        let mut rows = vec![row("queries", serving.asks.clone())];
        for load in &serving.loads {
            let (real, floor) = (&load.server, &load.floor);
            rows.push(row(
                &format!("autocomplete, {} connections", load.connections),
                format!(
                    "{:.0} req/s; p50 {:.2}, p95 {:.2}, p99 {:.2} ms; processor time {:.0} µs per request",
                    real.per_second, real.p50_ms, real.p95_ms, real.p99_ms, load.cpu_us
                ),
            ));
            rows.push(row(
                &format!("HTTP floor, {} connections", load.connections),
                format!(
                    "{:.0} req/s; p50 {:.2}, p95 {:.2}, p99 {:.2} ms",
                    floor.per_second, floor.p50_ms, floor.p95_ms, floor.p99_ms
                ),
            ));
        }
        let share = serving.share_of_floor();
        rows.push(row(
            &format!("share of the HTTP floor, {COMPARED} connections"),
            format!(
                "1/{:.1}, answers of {} bytes{}",
                1.0 / share,
                serving.answer_bytes,
                verdict(share >= MIN_SHARE, "at least 1/12")
            ),
        ));
        rows.push(row(
            &format!("reverse, {COMPARED} connections"),
            serving.reverse.map_or(
                "not measured: the server does not answer `/v1/reverse`".to_owned(),
                |r| {
                    format!(
                        "{:.0} req/s; p50 {:.2}, p99 {:.2} ms",
                        r.per_second, r.p50_ms, r.p99_ms
                    )
                },
            ),
        ));
        rows
    }

    fn memory_rows(&self) -> Vec<(String, String)> {
        let serving = &self.serving;
        vec![
            row("search in process", serving.in_process.search.to_string()),
            row("reverse in process", serving.in_process.reverse.to_string()),
            row("nearby in process", serving.in_process.nearby.to_string()),
            row(
                "ready",
                format!(
                    "{:.2} s after its start{}",
                    serving.ready_seconds,
                    verdict(serving.ready_seconds <= 1.0, "at most 1")
                ),
            ),
            row(
                "resident memory",
                format!(
                    "{} MB after {:.0} requests",
                    serving.resident_mb, serving.requests
                ),
            ),
        ]
    }
}

fn row(what: &str, figure: String) -> (String, String) {
    (what.to_owned(), figure)
}

fn verdict(holds: bool, goal: &str) -> String {
    format!(" (goal: {goal}{})", if holds { "" } else { ", missed" })
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let m = &self.machine;
        writeln!(f, "{}, {}, commit {}", self.name, self.date, m.commit)?;
        let machine = format!("{} cores of {}, {:.0} GB", m.cores, m.cpu, m.memory_gb);
        writeln!(f, "{machine}; load average before the run: {}\n", m.load)?;
        for (what, figure) in self.rows() {
            writeln!(f, "{what:<40} {figure}")?;
        }
        Ok(())
    }
}
