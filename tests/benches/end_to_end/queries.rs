//! What is asked: the questions of a file, or a mix drawn from the snapshot.

use crate::Args;
use anyhow::{Context, Result};
use geodata::LonLat;
use geodata::snapshot::Snapshot;
use serde::Deserialize;
use server::search::SearchQuery;
use std::path::Path;
use tests::{Mix, MixKind, encode};

/// Queries that are drawn.
const DRAWN: usize = 20_000;
/// The seed of a drawn mix.
const SEED: u64 = 1;
/// Questions of this category are typed letter by letter.
const BY_KEYSTROKES: &str = "keystrokes";

/// One question.
pub(crate) struct Ask {
    pub(crate) text: String,
    pub(crate) focus: Option<LonLat>,
    pub(crate) language: Option<String>,
}

/// Questions, and in a few words where they come from.
pub(crate) struct Asks {
    pub(crate) all: Vec<Ask>,
    pub(crate) source: String,
}

#[derive(Deserialize)]
struct Row {
    category: String,
    q: String,
    lat: Option<f64>,
    lon: Option<f64>,
    lang: Option<String>,
}

impl Asks {
    /// The questions of the arguments.
    pub(crate) fn of(args: &Args, snapshot: &Snapshot) -> Result<Asks> {
        match &args.queries {
            Some(path) => Asks::read(path),
            None => Asks::draw(snapshot),
        }
    }

    fn read(path: &Path) -> Result<Asks> {
        let at = || format!("cannot read `{}`", path.display());
        let text = std::fs::read_to_string(path).with_context(at)?;
        let mut all = Vec::new();
        for line in text.lines().filter(|l| !l.trim().is_empty()) {
            let row: Row = serde_json::from_str(line).with_context(at)?;
            let letters = row.q.chars().count();
            let first = if row.category == BY_KEYSTROKES {
                1
            } else {
                letters
            };
            let focus = row.lon.zip(row.lat);
            let focus = focus.map(|(lon, lat)| LonLat::new(lon, lat)).transpose()?;
            let typed = (first..=letters).map(|n| Ask {
                text: row.q.chars().take(n).collect(),
                focus,
                language: row.lang.clone(),
            });
            all.extend(typed.filter(|a| !a.text.trim().is_empty()));
        }
        scatter(&mut all);
        let source = format!("{} of a file of questions", all.len());
        Ok(Asks { all, source })
    }

    fn draw(snapshot: &Snapshot) -> Result<Asks> {
        let mix = Mix::over(snapshot, SEED).context("the snapshot has no street with houses")?;
        let all = { mix }.draw(DRAWN).into_iter().map(|q| Ask {
            text: q.text,
            focus: Some(q.focus),
            language: None,
        });
        let shares = MixKind::SHARES.map(|(kind, share)| format!("{share} % {}", kind.as_str()));
        Ok(Asks {
            all: all.collect(),
            source: format!("{DRAWN} drawn from the snapshot: {}", shares.join(", ")),
        })
    }
}

/// Puts what a file lists together far apart: a step that shares no factor with the length visits each place once.
fn scatter(asks: &mut Vec<Ask>) {
    const STEP: usize = 7919;
    let length = asks.len();
    if length.is_multiple_of(STEP) {
        return;
    }
    let mut slots: Vec<Option<Ask>> = asks.drain(..).map(Some).collect();
    asks.extend((0..length).filter_map(|n| slots[n * STEP % length].take()));
}

impl Ask {
    /// The path and query string of the request.
    pub(crate) fn path(&self) -> String {
        let mut path = format!("/v1/autocomplete?q={}", encode(&self.text));
        if let Some(focus) = self.focus {
            path.push_str(&format!("&lat={}&lon={}", focus.lat(), focus.lon()));
        }
        if let Some(language) = &self.language {
            path.push_str(&format!("&lang={language}"));
        }
        path
    }

    /// The same question in process.
    pub(crate) fn query(&self) -> SearchQuery {
        SearchQuery {
            languages: self.language.iter().cloned().collect(),
            ..SearchQuery::typed(&self.text, self.focus)
        }
    }
}
