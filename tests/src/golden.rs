//! The golden relevance set: files that a cartographer can extend.

use std::path::Path;

/// What an answer must hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Expect {
    /// One of these OSM objects.
    Osm(Vec<String>),
    /// This label.
    Label(String),
    /// A label that begins like this.
    LabelStart(String),
    Nothing,
}

/// One case.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    pub query: String,
    /// (lon, lat)
    pub focus: Option<(f64, f64)>,
    pub expect: Expect,
    /// The `match` that the result must claim.
    pub state: Option<String>,
    pub rank: usize,
    pub why: String,
    /// File and line.
    pub at: String,
}

const HEADER: &str = "query\tfocus\texpect\trank\twhy";

/// Reads a file of cases.
///
/// # Errors
/// Names the line that cannot be read, and why.
pub fn read_cases(path: &Path) -> Result<Vec<Case>, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let mut lines = text
        .lines()
        .zip(1..)
        .filter(|(l, _)| !l.trim().is_empty() && !l.starts_with('#'));
    match lines.next() {
        Some((HEADER, _)) => {}
        other => {
            return Err(format!(
                "{name}: expected the header `{HEADER}`, got {:?}",
                other.map(|l| l.0)
            ));
        }
    }
    lines
        .map(|(line, n)| read_case(line, &format!("{name}:{n}")))
        .collect()
}

fn read_case(line: &str, at: &str) -> Result<Case, String> {
    let cells: Vec<&str> = line.split('\t').collect();
    let [query, focus, expect, rank, why] = cells[..] else {
        return Err(format!("{at}: expected 5 columns, got {}", cells.len()));
    };
    let (expect, state) = match expect.rsplit_once(" @") {
        Some((expect, state)) => (expect, Some(state.to_owned())),
        None => (expect, None),
    };
    let expect = match expect.split_at_checked(1) {
        Some(("=", label)) => Expect::Label(label.to_owned()),
        Some(("^", label)) => Expect::LabelStart(label.to_owned()),
        Some(("!", "")) => Expect::Nothing,
        Some(("n" | "w" | "r", _)) => Expect::Osm(expect.split('|').map(str::to_owned).collect()),
        _ => {
            return Err(format!(
                "{at}: expected an OSM id, `=label`, `^label` or `!`, got `{expect}`"
            ));
        }
    };
    Ok(Case {
        query: query.to_owned(),
        focus: read_focus(focus).map_err(|e| format!("{at}: {e}"))?,
        expect,
        state,
        rank: rank
            .parse()
            .map_err(|e| format!("{at}: expected a rank, got `{rank}` ({e})"))?,
        why: why.to_owned(),
        at: at.to_owned(),
    })
}

fn read_focus(text: &str) -> Result<Option<(f64, f64)>, String> {
    Ok(match text {
        "-" => None,
        "chisinau" => Some((28.8322, 47.0245)),
        "ladyzhyn" => Some((29.2333, 48.6833)),
        "mykolaiv" => Some((31.9956, 46.9683)),
        other => {
            let parsed = other
                .split_once(',')
                .and_then(|(lat, lon)| Some((lon.trim().parse().ok()?, lat.trim().parse().ok()?)));
            Some(parsed.ok_or_else(|| {
                format!("expected a named point, `lat,lon` or `-`, got `{other}`")
            })?)
        }
    })
}
