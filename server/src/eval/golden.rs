//! Golden cases: files that a cartographer can extend (`tests/golden/README.md` explains the columns).

use super::{Case, Expect, SuiteError};
use crate::search::{DEFAULT_LIMIT, Found, MatchState};
use geodata::LonLat;
use std::fmt;

const HEADER: &str = "query\tfocus\texpect\trank\twhy";

/// Points that cases call by name: (name, lon, lat).
const POINTS: [(&str, f64, f64); 3] = [
    ("chisinau", 28.8322, 47.0245),
    ("ladyzhyn", 29.2333, 48.6833),
    ("mykolaiv", 31.9956, 46.9683),
];

/// What a result may claim of a house.
const STATES: [MatchState; 5] = [
    MatchState::Entrance,
    MatchState::Exact,
    MatchState::SuffixMissing,
    MatchState::Interpolated,
    MatchState::StreetOnly,
];

/// What an answer must hold.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answer {
    what: What,
    /// The `match` that the result must claim.
    state: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
enum What {
    /// One of these OSM objects.
    Osm(Vec<String>),
    Label(String),
    LabelStart(String),
}

impl Answer {
    pub(super) fn accepts(&self, result: &Found) -> bool {
        let state = result.state.map(|s| s.as_str());
        let right = match &self.what {
            What::Osm(ids) => ids.contains(&result.source.to_string()),
            What::Label(label) => result.label.text == *label,
            What::LabelStart(start) => result.label.text.starts_with(start),
        };
        right && (self.state.is_none() || self.state.as_deref() == state)
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Osm(ids) => f.write_str(&ids.join("|")),
            What::Label(label) => write!(f, "={label}"),
            What::LabelStart(start) => write!(f, "^{start}"),
        }?;
        self.state.iter().try_for_each(|s| write!(f, " @{s}"))
    }
}

/// Reads the cases of a file that is called `name`, which is their category too.
pub(super) fn read(text: &str, name: &str) -> Result<Vec<Case>, SuiteError> {
    let mut lines = text
        .lines()
        .zip(1..)
        .filter(|(l, _)| !l.trim().is_empty() && !l.starts_with('#'));
    let header = lines.next().map_or("", |(line, _)| line);
    if header != HEADER {
        return Err(SuiteError::Case {
            at: name.to_owned(),
            problem: format!("expected the header `{HEADER}`, got `{header}`"),
        });
    }
    lines
        .map(|(line, n)| {
            let at = format!("{name}:{n}");
            read_case(line, name, &at).map_err(|problem| SuiteError::Case { at, problem })
        })
        .collect()
}

fn read_case(line: &str, name: &str, at: &str) -> Result<Case, String> {
    let cells: Vec<&str> = line.split('\t').collect();
    let [query, focus, expect, rank, why] = cells[..] else {
        return Err(format!("expected 5 columns, got {}", cells.len()));
    };
    let expect = read_expect(expect)?;
    let ranks = match expect {
        Expect::Nothing => 0..=0,
        _ => 1..=DEFAULT_LIMIT,
    };
    let rank: usize = rank
        .parse()
        .ok()
        .filter(|r| ranks.contains(r))
        .ok_or_else(|| {
            format!(
                "expected a rank of {} to {}, got `{rank}`",
                ranks.start(),
                ranks.end()
            )
        })?;
    Ok(Case {
        at: at.to_owned(),
        category: name.to_owned(),
        query: query.to_owned(),
        focus: read_focus(focus)?,
        languages: Vec::new(),
        // An empty answer holds whatever its rank is called.
        rank: rank.max(1),
        by_keystrokes: false,
        why: why.to_owned(),
        expect,
    })
}

fn read_expect(text: &str) -> Result<Expect, String> {
    let (what, state) = match text.rsplit_once(" @") {
        Some((what, state)) => (what, Some(state.to_owned())),
        None => (text, None),
    };
    let known = |s: &String| STATES.iter().any(|state| state.as_str() == s);
    if let Some(unknown) = state.as_ref().filter(|s| !known(s)) {
        let all = STATES.map(MatchState::as_str).join("`, `");
        return Err(format!("expected a match of `{all}`, got `{unknown}`"));
    }
    let what = match what.split_at_checked(1) {
        Some(("=", label)) => What::Label(label.to_owned()),
        Some(("^", label)) => What::LabelStart(label.to_owned()),
        Some(("!", "")) => return Ok(Expect::Nothing),
        Some(("n" | "w" | "r", _)) => What::Osm(what.split('|').map(str::to_owned).collect()),
        _ => {
            return Err(format!(
                "expected an OSM id, `=label`, `^label` or `!`, got `{what}`"
            ));
        }
    };
    Ok(Expect::Golden(Answer { what, state }))
}

fn read_focus(text: &str) -> Result<Option<LonLat>, String> {
    if text == "-" {
        return Ok(None);
    }
    let named = POINTS.iter().find(|(name, ..)| *name == text);
    let parsed = || {
        let (lat, lon) = text.split_once(',')?;
        Some((lon.trim().parse().ok()?, lat.trim().parse().ok()?))
    };
    let (lon, lat) = named
        .map(|(_, lon, lat)| (*lon, *lat))
        .or_else(parsed)
        .ok_or_else(|| format!("expected a named point, `lat,lon` or `-`, got `{text}`"))?;
    LonLat::new(lon, lat).map(Some).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_an_expectation_is_read_and_shown_alike() {
        for text in ["w1|n2 @exact", "=Strada Pușkin, Chișinău", "^вулиця"] {
            let Expect::Golden(answer) = read_expect(text).unwrap() else {
                panic!("{text} expects something");
            };
            assert_eq!(answer.to_string(), text);
        }
        assert!(matches!(read_expect("!"), Ok(Expect::Nothing)));
    }

    #[test]
    fn a_line_that_is_no_case_is_named() {
        for (line, problem) in [
            ("a\tb", "5 columns"),
            ("a\tnowhere\t=x\t1\t", "`nowhere`"),
            ("a\t-\tx1\t1\t", "`x1`"),
            ("a\t-\t=x\tone\t", "`one`"),
            ("a\t-\t=x\t0\t", "1 to 10"),
            ("a\t-\t!\t1\t", "0 to 0"),
            ("a\t-\t=x @exat\t1\t", "`exat`"),
            ("a\t95,0\t=x\t1\t", "95"),
        ] {
            let error = read(&format!("{HEADER}\n{line}"), "suite").unwrap_err();
            let text = error.to_string();
            assert!(
                text.starts_with("suite:2: ") && text.contains(problem),
                "{text}"
            );
        }
        assert!(read("q", "suite").unwrap_err().to_string().contains(HEADER));
    }
}
