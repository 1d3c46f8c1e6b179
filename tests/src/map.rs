//! Maps as text: a grid of nodes and a table of tags → an extract.
//!
//! Letters of the grid are nodes, one column or row is 0.0005 degrees (about 36 m by 56 m at latitude 50). Below it,
//! each line is an object: `w1 a-b-c highway=residential name=вулиця Лісова`, `n5 x addr:housenumber=12`,
//! `r1 w1:outer n5:label type=boundary …`. Tags are separated by ` | `. Objects of `n` are nodes beside those of ways;
//! `g x barrier=gate` tags the node of the ways themselves.

use osmpbfreader::fileformat::{Blob, BlobHeader};
use osmpbfreader::osmformat::relation::MemberType;
use osmpbfreader::osmformat::{
    HeaderBlock, Node, PrimitiveBlock, PrimitiveGroup, Relation, StringTable, Way,
};
use protobuf::{EnumOrUnknown, Message, MessageField};
use std::collections::HashMap;
use std::path::PathBuf;
use tempfile::TempDir;

/// Degrees per column and row.
const STEP: f64 = 0.0005;

/// A small map.
pub struct MapFixture {
    folder: TempDir,
    nodes: HashMap<char, (f64, f64)>,
}

impl MapFixture {
    /// Draws a map whose grid's top left corner lies at (lon, lat).
    pub fn draw(corner: (f64, f64), grid: &str, objects: &str) -> MapFixture {
        MapFixture::draw_scaled(corner, (STEP, STEP), grid, objects)
    }

    /// Draws a map with other steps, in degrees per column and row.
    pub fn draw_scaled(
        (west, north): (f64, f64),
        (across, down): (f64, f64),
        grid: &str,
        objects: &str,
    ) -> MapFixture {
        let mut nodes = HashMap::new();
        for (row, line) in grid.lines().enumerate() {
            for (column, letter) in line
                .chars()
                .enumerate()
                .filter(|(_, c)| c.is_alphanumeric())
            {
                nodes.insert(
                    letter,
                    (west + column as f64 * across, north - row as f64 * down),
                );
            }
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let fixture = MapFixture { folder, nodes };
        std::fs::write(fixture.path(), fixture.encode(objects)).expect("a writable folder");
        fixture
    }

    /// The extract.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("map.osm.pbf")
    }

    /// Where a letter of the grid is: (lon, lat).
    pub fn at(&self, letter: char) -> (f64, f64) {
        self.nodes[&letter]
    }

    fn encode(&self, objects: &str) -> Vec<u8> {
        let mut block = Block::default();
        let mut tagged = Vec::new();
        for line in objects.lines().map(str::trim).filter(|l| !l.is_empty()) {
            let (id, rest) = line.split_once(' ').expect("an object has an id");
            let (shape, tags) = rest.split_once(' ').unwrap_or((rest, ""));
            let (kind, number) = id.split_at_checked(1).expect("an id has a kind");
            if kind == "g" {
                let letter = shape.chars().next().expect("a node has a letter");
                tagged.push(letter);
                block.node(node_id(shape), self.at(letter), tags);
                continue;
            }
            let number: i64 = number.parse().expect("an id has a number");
            match kind {
                "n" => {
                    let letter = shape.chars().next().expect("a node has a letter");
                    block.node(number, self.at(letter), tags);
                }
                "w" => block.way(number, shape.split('-').map(node_id), tags),
                "r" => {
                    // Members come first, separated by spaces, then the tags.
                    let members = rest.split(' ').take_while(|w| !w.contains('='));
                    let tags = rest.split_once(" type=").map_or("", |(_, t)| t);
                    block.relation(number, members, &format!("type={tags}"));
                }
                other => panic!("unknown kind of object `{other}`"),
            }
        }
        let mut letters: Vec<char> = self.nodes.keys().copied().collect();
        letters.retain(|letter| !tagged.contains(letter));
        letters.sort_unstable();
        for letter in letters {
            block.node(node_id(&letter.to_string()), self.at(letter), "");
        }
        let mut header = HeaderBlock::new();
        header.required_features = vec!["OsmSchema-V0.6".into(), "DenseNodes".into()];
        let mut file = frame("OSMHeader", header.write_to_bytes().expect("a header"));
        file.extend(frame("OSMData", block.finish()));
        file
    }
}

/// Nodes of ways have ids of their own, apart from those of the table.
fn node_id(letter: &str) -> i64 {
    1_000_000
        + i64::from(u32::from(
            letter.chars().next().expect("a node has a letter"),
        ))
}

fn frame(kind: &str, data: Vec<u8>) -> Vec<u8> {
    let mut blob = Blob::new();
    blob.set_raw(data);
    let blob = blob.write_to_bytes().expect("a blob");
    let mut header = BlobHeader::new();
    header.set_type(kind.into());
    header.set_datasize(i32::try_from(blob.len()).expect("a small map"));
    let header = header.write_to_bytes().expect("a header");
    let mut out = u32::try_from(header.len())
        .expect("a small header")
        .to_be_bytes()
        .to_vec();
    out.extend(header);
    out.extend(blob);
    out
}

#[expect(clippy::cast_possible_truncation, reason = "degrees fit")]
fn e7(degrees: f64) -> i64 {
    (degrees * 1e7).round() as i64
}

#[derive(Default)]
struct Block {
    strings: Vec<String>,
    nodes: Vec<Node>,
    ways: Vec<Way>,
    relations: Vec<Relation>,
}

impl Block {
    fn string(&mut self, text: &str) -> u32 {
        if self.strings.is_empty() {
            self.strings.push(String::new());
        }
        let known = self.strings.iter().position(|s| s == text);
        let row = known.unwrap_or_else(|| {
            self.strings.push(text.to_owned());
            self.strings.len() - 1
        });
        u32::try_from(row).expect("few strings")
    }

    fn tags(&mut self, tags: &str) -> (Vec<u32>, Vec<u32>) {
        let pairs: Vec<(&str, &str)> = tags
            .split(" | ")
            .filter_map(|t| t.trim().split_once('='))
            .collect();
        pairs
            .into_iter()
            .map(|(k, v)| (self.string(k), self.string(v)))
            .unzip()
    }

    fn node(&mut self, id: i64, (lon, lat): (f64, f64), tags: &str) {
        let (keys, vals) = self.tags(tags);
        let mut node = Node::new();
        node.set_id(id);
        // Granularity is 100 nanodegrees by default.
        node.set_lon(e7(lon));
        node.set_lat(e7(lat));
        (node.keys, node.vals) = (keys, vals);
        self.nodes.push(node);
    }

    fn way(&mut self, id: i64, refs: impl Iterator<Item = i64>, tags: &str) {
        let (keys, vals) = self.tags(tags);
        let mut way = Way::new();
        way.set_id(id);
        (way.keys, way.vals) = (keys, vals);
        let mut last = 0;
        way.refs = refs.map(|r| r - std::mem::replace(&mut last, r)).collect();
        self.ways.push(way);
    }

    fn relation<'a>(&mut self, id: i64, members: impl Iterator<Item = &'a str>, tags: &str) {
        let (keys, vals) = self.tags(tags);
        let mut relation = Relation::new();
        relation.set_id(id);
        (relation.keys, relation.vals) = (keys, vals);
        let mut last = 0;
        for member in members {
            let (member, role) = member.split_once(':').expect("a member has a role");
            let number: i64 = member
                .get(1..)
                .and_then(|n| n.parse().ok())
                .expect("a member has a number");
            relation
                .memids
                .push(number - std::mem::replace(&mut last, number));
            let kind = if member.starts_with('w') {
                MemberType::WAY
            } else {
                MemberType::NODE
            };
            relation.types.push(EnumOrUnknown::new(kind));
            let role = self.string(role);
            relation
                .roles_sid
                .push(i32::try_from(role).expect("few strings"));
        }
        self.relations.push(relation);
    }

    fn finish(self) -> Vec<u8> {
        let mut block = PrimitiveBlock::new();
        let mut table = StringTable::new();
        table.s = self.strings.into_iter().map(|s| s.into_bytes()).collect();
        block.stringtable = MessageField::some(table);
        let group = |fill: &dyn Fn(&mut PrimitiveGroup)| {
            let mut group = PrimitiveGroup::new();
            fill(&mut group);
            group
        };
        block.primitivegroup = vec![
            group(&|g| g.nodes = self.nodes.clone()),
            group(&|g| g.ways = self.ways.clone()),
            group(&|g| g.relations = self.relations.clone()),
        ];
        block.write_to_bytes().expect("a block")
    }
}
