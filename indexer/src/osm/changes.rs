//! Diffs (`.osc`, `.osc.gz`): what became of objects since an extract was made.
//!
//! Format: <https://wiki.openstreetmap.org/wiki/OsmChange>. All diffs of a build are folded into the last state of each
//! object they touch, and that state is held as blocks like those of an extract, so that both are read by one code.

use flate2::read::MultiGzDecoder;
use geodata::OsmKind;
use osmpbfreader::osmformat::relation::MemberType;
use osmpbfreader::osmformat::{
    Info, Node, PrimitiveBlock, PrimitiveGroup, Relation, StringTable, Way,
};
use protobuf::{EnumOrUnknown, MessageField};
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use rustc_hash::FxHashMap;
use serde::Serialize;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Objects per block: extracts have as many.
const BLOCK: usize = 8_000;
/// How `.osc.gz` begins.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Why a diff cannot be read.
#[derive(Debug, Error)]
pub enum ChangeError {
    #[error("cannot read `{}`", .path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("`{}` is no diff (.osc or .osc.gz): expected it to begin with `<osmChange>`, got `{found}`", .path.display())]
    Foreign { path: PathBuf, found: String },
    #[error("`{}` is damaged at byte {offset}: {why}; download it again", .path.display())]
    Damaged {
        path: PathBuf,
        offset: u64,
        why: String,
    },
}

/// How many objects a set of diffs touches; an object that is touched twice counts by its last change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ChangeCounts {
    pub created: u64,
    pub modified: u64,
    pub deleted: u64,
    /// Changes older than the state that another diff or the extract already has.
    pub outdated: u64,
}

/// What a diff does with an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Create,
    Modify,
    Delete,
}

/// What an object is made of beside its tags.
#[derive(Debug, Clone, PartialEq)]
enum Body {
    /// Latitude and longitude in units of 1e-7 degrees.
    Node(i64, i64),
    Way(Vec<i64>),
    /// (kind, id, role)
    Relation(Vec<(MemberType, i64, String)>),
}

/// An object as a diff leaves it.
#[derive(Debug, Clone)]
struct Changed {
    version: i32,
    action: Action,
    body: Body,
    tags: Vec<(String, String)>,
}

/// The last state of every object that some diffs touch.
#[derive(Default)]
pub struct Changes {
    versions: [FxHashMap<i64, i32>; 3],
    blocks: [Vec<PrimitiveBlock>; 3],
    pub counts: ChangeCounts,
}

impl Changes {
    /// Reads diffs in the order in which they were made.
    ///
    /// # Errors
    /// When a file cannot be read, is no diff or is damaged; nothing is half applied.
    pub fn read(paths: &[PathBuf]) -> Result<Changes, ChangeError> {
        let mut last = LastStates::default();
        for path in paths {
            read_file(path, &mut last)?;
        }
        Ok(last.finish())
    }

    pub fn is_empty(&self) -> bool {
        self.versions.iter().all(FxHashMap::is_empty)
    }

    /// Whether the state that an extract has of an object is to be replaced; an extract may be newer than a diff.
    pub(super) fn replaces(&self, kind: OsmKind, id: i64, version: Option<i32>) -> Standing {
        match self.versions[kind as usize].get(&id) {
            None => Standing::Untouched,
            Some(changed) if version.is_some_and(|v| v > *changed) => Standing::Newer,
            Some(_) => Standing::Replaced,
        }
    }

    /// The objects of a kind as the diffs leave them.
    pub(super) fn blocks(&self, kind: OsmKind) -> &[PrimitiveBlock] {
        &self.blocks[kind as usize]
    }

    /// Whether a kind of object is touched at all.
    pub(super) fn touches(&self, kind: OsmKind) -> bool {
        !self.versions[kind as usize].is_empty()
    }
}

/// What the diffs mean for an object of an extract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Untouched,
    /// It is deleted, or its new state is in the blocks of the diffs.
    Replaced,
    /// The extract is newer than the diffs.
    Newer,
}

/// Objects by kind and id while diffs are read.
#[derive(Default)]
struct LastStates {
    objects: [FxHashMap<i64, Changed>; 3],
    counts: ChangeCounts,
}

impl LastStates {
    fn add(&mut self, kind: OsmKind, id: i64, mut changed: Changed) {
        let objects = &mut self.objects[kind as usize];
        if let Some(known) = objects.get(&id) {
            if known.version > changed.version && changed.version > 0 {
                self.counts.outdated += 1;
                return;
            }
            // What one diff creates and the next modifies is new for the extract.
            if known.action == Action::Create && changed.action == Action::Modify {
                changed.action = Action::Create;
            }
        }
        objects.insert(id, changed);
    }

    fn finish(self) -> Changes {
        let mut changes = Changes {
            counts: self.counts,
            ..Changes::default()
        };
        for (kind, objects) in self.objects.into_iter().enumerate() {
            let mut objects: Vec<(i64, Changed)> = objects.into_iter().collect();
            objects.sort_unstable_by_key(|(id, _)| *id);
            for (id, changed) in &objects {
                changes.versions[kind].insert(*id, changed.version);
                let counts = &mut changes.counts;
                *match changed.action {
                    Action::Create => &mut counts.created,
                    Action::Modify => &mut counts.modified,
                    Action::Delete => &mut counts.deleted,
                } += 1;
            }
            objects.retain(|(_, c)| c.action != Action::Delete);
            changes.blocks[kind] = objects.chunks(BLOCK).map(block_of).collect();
        }
        changes
    }
}

/// Objects as a block of an extract.
fn block_of(objects: &[(i64, Changed)]) -> PrimitiveBlock {
    let mut strings = Strings::default();
    let mut group = PrimitiveGroup::new();
    for (id, changed) in objects {
        let (keys, vals) = changed
            .tags
            .iter()
            .map(|(k, v)| (strings.row(k), strings.row(v)))
            .unzip();
        let mut info = Info::new();
        info.set_version(changed.version);
        let info = MessageField::some(info);
        match &changed.body {
            Body::Node(lat, lon) => {
                let mut node = Node {
                    keys,
                    vals,
                    info,
                    ..Node::new()
                };
                node.set_id(*id);
                // The granularity of a block is 100 nanodegrees unless it says otherwise.
                node.set_lat(*lat);
                node.set_lon(*lon);
                group.nodes.push(node);
            }
            Body::Way(refs) => {
                let mut way = Way {
                    keys,
                    vals,
                    info,
                    refs: deltas(refs.iter().copied()),
                    ..Way::new()
                };
                way.set_id(*id);
                group.ways.push(way);
            }
            Body::Relation(members) => {
                let mut relation = Relation {
                    keys,
                    vals,
                    info,
                    ..Relation::new()
                };
                relation.set_id(*id);
                relation.memids = deltas(members.iter().map(|m| m.1));
                relation.types = members.iter().map(|m| EnumOrUnknown::new(m.0)).collect();
                let roles = members.iter().map(|m| strings.row(&m.2));
                relation.roles_sid = roles.map(u32::cast_signed).collect();
                group.relations.push(relation);
            }
        }
    }
    let table = StringTable {
        s: strings.texts,
        ..StringTable::new()
    };
    PrimitiveBlock {
        stringtable: MessageField::some(table),
        primitivegroup: vec![group],
        ..PrimitiveBlock::new()
    }
}

fn deltas(ids: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut last = 0;
    ids.map(|id| id - std::mem::replace(&mut last, id))
        .collect()
}

/// The string table of a block; its first entry is unused.
struct Strings {
    rows: FxHashMap<String, u32>,
    texts: Vec<Vec<u8>>,
}

impl Default for Strings {
    fn default() -> Strings {
        Strings {
            rows: FxHashMap::default(),
            texts: vec![Vec::new()],
        }
    }
}

impl Strings {
    fn row(&mut self, text: &str) -> u32 {
        if let Some(row) = self.rows.get(text) {
            return *row;
        }
        let row = u32::try_from(self.texts.len()).expect("a block has few texts");
        self.texts.push(text.as_bytes().to_vec());
        self.rows.insert(text.to_owned(), row);
        row
    }
}

fn read_file(path: &Path, last: &mut LastStates) -> Result<(), ChangeError> {
    let io = |source| ChangeError::Io {
        path: path.to_owned(),
        source,
    };
    let mut file = BufReader::new(File::open(path).map_err(io)?);
    let zipped = file.fill_buf().map_err(io)?.starts_with(&GZIP);
    let text: Box<dyn Read> = if zipped {
        Box::new(MultiGzDecoder::new(file))
    } else {
        Box::new(file)
    };
    let mut parser = Parser {
        path,
        xml: Reader::from_reader(BufReader::new(text)),
        begun: false,
        action: None,
        open: None,
    };
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let event = parser.xml.read_event_into(&mut buffer);
        match event.map_err(|e| parser.damaged(e))? {
            Event::Start(element) => parser.begin(&element)?,
            Event::Empty(element) => {
                parser.begin(&element)?;
                parser.end(element.name().as_ref(), last);
            }
            Event::End(element) => {
                if element.name().as_ref() == "osmChange" {
                    return Ok(());
                }
                parser.end(element.name().as_ref(), last);
            }
            Event::Text(text) if !parser.begun => {
                let found: String = text.trim().chars().take(40).collect();
                if !found.is_empty() {
                    return Err(parser.foreign(found));
                }
            }
            Event::Eof if !parser.begun => return Err(parser.foreign("nothing".to_owned())),
            Event::Eof => return Err(parser.damaged("it ends before `</osmChange>`")),
            _ => {}
        }
    }
}

/// An object whose end has not been read yet.
struct Open {
    kind: OsmKind,
    id: i64,
    changed: Changed,
}

struct Parser<'a> {
    path: &'a Path,
    xml: Reader<BufReader<Box<dyn Read>>>,
    begun: bool,
    action: Option<Action>,
    open: Option<Open>,
}

impl Parser<'_> {
    fn damaged(&self, why: impl ToString) -> ChangeError {
        ChangeError::Damaged {
            path: self.path.to_owned(),
            offset: self.xml.buffer_position(),
            why: why.to_string(),
        }
    }

    fn foreign(&self, found: String) -> ChangeError {
        ChangeError::Foreign {
            path: self.path.to_owned(),
            found,
        }
    }

    fn begin(&mut self, element: &BytesStart<'_>) -> Result<(), ChangeError> {
        let name = element.name();
        if !self.begun && name.as_ref() != "osmChange" {
            return Err(self.foreign(format!("<{}>", name.as_ref())));
        }
        match name.as_ref() {
            "osmChange" => self.begun = true,
            "create" => self.action = Some(Action::Create),
            "modify" => self.action = Some(Action::Modify),
            "delete" => self.action = Some(Action::Delete),
            "node" => self.object(element, OsmKind::Node)?,
            "way" => self.object(element, OsmKind::Way)?,
            "relation" => self.object(element, OsmKind::Relation)?,
            "tag" => {
                let tag = (self.attribute(element, "k")?, self.attribute(element, "v")?);
                let (Some(key), Some(value)) = tag else {
                    return Err(self.damaged("a tag without `k` or `v`"));
                };
                if let Some(open) = &mut self.open {
                    open.changed.tags.push((key, value));
                }
            }
            "nd" => {
                let node = self.number(element, "ref")?;
                if let Some(Body::Way(refs)) = self.open.as_mut().map(|o| &mut o.changed.body) {
                    refs.push(node);
                }
            }
            "member" => self.member(element)?,
            // Bounds, discussions, what later versions of the format may add.
            _ => {}
        }
        Ok(())
    }

    fn object(&mut self, element: &BytesStart<'_>, kind: OsmKind) -> Result<(), ChangeError> {
        let Some(action) = self.action else {
            return Err(self.damaged("an object outside `<create>`, `<modify>` and `<delete>`"));
        };
        let id = self.number(element, "id")?;
        let version = match self.attribute(element, "version")? {
            Some(_) => self.number(element, "version")?,
            None => 0,
        };
        let body = match kind {
            // A deleted node may have no place any more.
            OsmKind::Node if action == Action::Delete => Body::Node(0, 0),
            OsmKind::Node => {
                Body::Node(self.degrees(element, "lat")?, self.degrees(element, "lon")?)
            }
            OsmKind::Way => Body::Way(Vec::new()),
            OsmKind::Relation => Body::Relation(Vec::new()),
        };
        self.open = Some(Open {
            kind,
            id,
            changed: Changed {
                version: i32::try_from(version).unwrap_or(i32::MAX),
                action,
                body,
                tags: Vec::new(),
            },
        });
        Ok(())
    }

    fn member(&mut self, element: &BytesStart<'_>) -> Result<(), ChangeError> {
        let kind = match self.attribute(element, "type")?.as_deref() {
            Some("node") => MemberType::NODE,
            Some("way") => MemberType::WAY,
            Some("relation") => MemberType::RELATION,
            other => {
                let got = other.unwrap_or("none");
                return Err(self.damaged(format!(
                    "a member's `type` is `{got}`, expected node, way or relation"
                )));
            }
        };
        let id = self.number(element, "ref")?;
        let role = self.attribute(element, "role")?.unwrap_or_default();
        if let Some(Body::Relation(members)) = self.open.as_mut().map(|o| &mut o.changed.body) {
            members.push((kind, id, role));
        }
        Ok(())
    }

    fn end(&mut self, name: &str, last: &mut LastStates) {
        match name {
            "create" | "modify" | "delete" => self.action = None,
            "node" | "way" | "relation" => {
                if let Some(open) = self.open.take() {
                    last.add(open.kind, open.id, open.changed);
                }
            }
            _ => {}
        }
    }

    fn attribute(
        &self,
        element: &BytesStart<'_>,
        name: &str,
    ) -> Result<Option<String>, ChangeError> {
        let found = element
            .try_get_attribute(name)
            .map_err(|e| self.damaged(e))?;
        let text = found.map(|a| {
            a.normalized_value(XmlVersion::Implicit1_0)
                .map(|v| v.into_owned())
        });
        text.transpose().map_err(|e| self.damaged(e))
    }

    fn number(&self, element: &BytesStart<'_>, name: &str) -> Result<i64, ChangeError> {
        let text = self.attribute(element, name)?.unwrap_or_default();
        text.trim().parse().ok().ok_or_else(|| {
            let of = element.name().as_ref().to_owned();
            self.damaged(format!("`{name}` of a {of} is `{text}`, expected a number"))
        })
    }

    /// Degrees in units of 1e-7.
    #[expect(clippy::cast_possible_truncation, reason = "degrees are small")]
    fn degrees(&self, element: &BytesStart<'_>, name: &str) -> Result<i64, ChangeError> {
        let text = self.attribute(element, name)?.unwrap_or_default();
        let degrees = text
            .trim()
            .parse::<f64>()
            .ok()
            .filter(|d| d.is_finite() && d.abs() <= 1e4);
        let degrees = degrees.ok_or_else(|| {
            self.damaged(format!("`{name}` of a node is `{text}`, expected degrees"))
        })?;
        Ok((degrees * 1e7).round() as i64)
    }
}
