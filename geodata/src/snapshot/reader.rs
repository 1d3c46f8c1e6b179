//! Opening a snapshot, and the accessors of its tables.

use super::area_names::KeptNames;
use super::doc_set::DocSet;
use super::error::OpenError;
use super::files;
use super::ground::GroundTiles;
use super::houses::{HouseRecord, Houses, NumberRecord, NumberRow, PostcodeRecord};
use super::manifest::Manifest;
use super::near_words::{self, NearForms, NearWords, SlipsWithin};
use super::postings::{DocSets, DocTerm};
use super::records::{
    AttributeRecord, CrossingRecord, EntranceRecord, JoinedRecord, NameListId, NameRecord,
    PlaceRecord, PopularHouseRecord, RetiredRecord, TakenRecord, TokenRecord,
};
use super::schema::schema;
use super::shapes::AreaShapes;
use super::shelves::Shelves;
use super::sketch::PlaceSketch;
use super::spatial::Spatial;
use super::table::{Table, TextId, Texts};
use super::words::{KeyId, Words};
use crate::coord::LonLat;
use crate::names::NameKind;
use crate::place::{Layer, PlaceId};
use crate::source::SourceId;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tantivy::{Index, IndexReader, ReloadPolicy};

/// The folder of snapshots inside a data folder.
pub const SNAPSHOTS_DIR: &str = "snapshots";
/// The link to the live snapshot inside a data folder.
pub const CURRENT_LINK: &str = "current";

/// The number of a place: its row in every table and its Tantivy document.
pub type DocId = u32;

/// An open snapshot.
pub struct Snapshot {
    manifest: Manifest,
    places: Table<PlaceRecord>,
    /// One per place.
    sketches: Vec<PlaceSketch>,
    /// Where each list of names begins, with a sentinel.
    pub(super) name_lists: Table<u32>,
    pub(super) names: Table<NameRecord>,
    pub(super) tokens: Table<TokenRecord>,
    /// Where each list of parents begins, with a sentinel.
    pub(super) parent_lists: Table<u32>,
    pub(super) parents: Table<u32>,
    /// The smallest settlement of each list of parents.
    settlements: Vec<Option<DocId>>,
    sources: Table<SourceId>,
    attributes: Table<AttributeRecord>,
    pub(super) houses: Table<HouseRecord>,
    house_sources: Table<SourceId>,
    numbers: Table<NumberRecord>,
    postcodes: Table<PostcodeRecord>,
    postcode_shelves: Shelves,
    joined: Table<JoinedRecord>,
    popular_houses: Table<PopularHouseRecord>,
    entrances: Table<EntranceRecord>,
    exits: Table<EntranceRecord>,
    lines: Table<LonLat>,
    crossings: Table<CrossingRecord>,
    /// Numbers of all places in the order of their ids.
    by_id: Table<DocId>,
    retired: Table<RetiredRecord>,
    taken: Table<TakenRecord>,
    texts: Texts,
    words: Words,
    shapes: AreaShapes,
    spatial: Spatial,
    ground: GroundTiles,
    doc_sets: DocSets,
    near_words: NearWords,
    area_names: KeptNames,
}

impl Snapshot {
    /// Opens the snapshot that a data folder's `current` link points at.
    ///
    /// # Errors
    /// When there is none, or as [`Snapshot::open`].
    pub fn open_current(data: &Path) -> Result<Snapshot, OpenError> {
        let link = data.join(CURRENT_LINK);
        match std::fs::canonicalize(&link) {
            Ok(folder) => Snapshot::open(&folder),
            Err(_) => Err(OpenError::NoSnapshot {
                data: data.to_owned(),
            }),
        }
    }

    /// Opens a snapshot folder after comparing every file with the manifest.
    ///
    /// # Errors
    /// When the version is another one, or a file is missing or damaged.
    pub fn open(folder: &Path) -> Result<Snapshot, OpenError> {
        let manifest = Manifest::read(folder)?;
        manifest.verify(folder)?;
        let at = |name: &str| folder.join(name);
        let places: Table<PlaceRecord> = Table::open(&at(files::PLACES))?;
        // Snapshots of before have none.
        let taken = match manifest.files.contains_key(files::TAKEN) {
            true => Table::open(&at(files::TAKEN))?,
            false => Table::empty(),
        };
        let parent_lists: Table<u32> = Table::open(&at(files::PARENT_LISTS))?;
        let parents: Table<u32> = Table::open(&at(files::PARENTS))?;
        let settlements = (0..parent_lists.len().saturating_sub(1)).map(|list| {
            let mut parents = parents[shared(&parent_lists, list)].iter().copied();
            parents.find(|doc| layer_of(&places[*doc as usize]).is_settlement())
        });
        let settlements = settlements.collect();
        let postcodes: Table<PostcodeRecord> = Table::open(&at(files::POSTCODES))?;
        let texts = Texts::open(&at(files::TEXT_OFFSETS), &at(files::TEXTS))?;
        let others = [files::WORD_RANGES, files::WORD_FORMS, files::WORD_LETTERS].map(at);
        let others = others.each_ref().map(PathBuf::as_path);
        let words = Words::open(&at(files::WORD_KEYS), others, &texts)?;
        let doc_sets = open_index(&at(files::INDEX), places.len().saturating_sub(1))?;
        Ok(Snapshot {
            manifest,
            sketches: places.iter().map(PlaceSketch::of).collect(),
            places,
            name_lists: Table::open(&at(files::NAME_LISTS))?,
            names: Table::open(&at(files::NAMES))?,
            tokens: Table::open(&at(files::TOKENS))?,
            parent_lists,
            parents,
            settlements,
            sources: Table::open(&at(files::SOURCES))?,
            attributes: Table::open(&at(files::ATTRIBUTES))?,
            houses: Table::open(&at(files::HOUSES))?,
            house_sources: Table::open(&at(files::HOUSE_SOURCES))?,
            numbers: Table::open(&at(files::NUMBERS))?,
            postcode_shelves: Shelves::of(&postcodes, |p| p.first_house),
            postcodes,
            joined: Table::open(&at(files::JOINED))?,
            popular_houses: Table::open(&at(files::POPULAR_HOUSES))?,
            entrances: Table::open(&at(files::ENTRANCES))?,
            exits: Table::open(&at(files::EXITS))?,
            lines: Table::open(&at(files::LINES))?,
            crossings: Table::open(&at(files::CROSSINGS))?,
            by_id: Table::open(&at(files::PLACE_IDS))?,
            retired: Table::open(&at(files::RETIRED))?,
            taken,
            texts,
            words,
            shapes: AreaShapes::open(
                &at(files::SHAPES),
                &at(files::SHAPE_POINTS),
                &at(files::SHAPE_TREE),
            )?,
            spatial: Spatial::open(folder)?,
            ground: GroundTiles::open(folder)?,
            doc_sets,
            near_words: NearWords::new(),
            area_names: KeptNames::new(),
        })
    }

    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The places that have any of some terms.
    pub fn docs_with_any(&self, terms: &[DocTerm<'_>]) -> Arc<DocSet> {
        self.doc_sets.with_any(terms, (&self.words, &self.texts))
    }

    /// Sound keys within so many slips of a sound, in alphabetical order, at most 4,000; of a growing one, those with a
    /// beginning that is within them.
    pub fn keys_within(&self, sound: &str, slips: SlipsWithin, growing: bool) -> Vec<KeyId> {
        near_words::keys_within((sound, slips, growing), (&self.words, &self.texts))
    }

    /// What a mistyped word, which may be growing, may stand for: what `find` tells, kept for the next time. It may tell
    /// by nothing but the word, whether it grows, and this snapshot.
    pub fn near_forms(
        &self,
        word: &str,
        growing: bool,
        find: impl FnOnce() -> NearForms,
    ) -> Arc<NearForms> {
        self.near_words.of((word, growing), find)
    }

    /// The number of a sound key.
    pub fn key(&self, sound: &str) -> Option<KeyId> {
        self.words.key(sound, &self.texts)
    }

    pub fn words(&self) -> &Words {
        &self.words
    }

    pub fn texts(&self) -> &Texts {
        &self.texts
    }

    pub fn shapes(&self) -> &AreaShapes {
        &self.shapes
    }

    pub(super) fn area_names(&self) -> &KeptNames {
        &self.area_names
    }

    pub(super) fn spatial(&self) -> &Spatial {
        &self.spatial
    }

    pub(super) fn ground_tiles(&self) -> &GroundTiles {
        &self.ground
    }

    /// Houses of all places, in the order of the places.
    pub(super) fn all_houses(&self) -> &[HouseRecord] {
        &self.houses
    }

    /// Points of all lines, in the order of the places.
    pub(super) fn all_line_points(&self) -> &[LonLat] {
        &self.lines
    }

    /// A text of the pool.
    pub fn text(&self, id: TextId) -> &str {
        self.texts.get(id)
    }

    /// How many places there are.
    pub fn len(&self) -> usize {
        self.places.len().saturating_sub(1)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A place's record.
    ///
    /// # Panics
    /// When `doc` is not below [`Snapshot::len`]; numbers come from this snapshot's own tables.
    pub fn place(&self, doc: DocId) -> &PlaceRecord {
        &self.places[doc as usize]
    }

    /// What is roughly known of a place.
    pub fn sketch(&self, doc: DocId) -> PlaceSketch {
        self.sketches[doc as usize]
    }

    pub fn layer(&self, doc: DocId) -> Layer {
        layer_of(self.place(doc))
    }

    /// The place with an id.
    pub fn find(&self, id: PlaceId) -> Option<DocId> {
        let found = self
            .by_id
            .binary_search_by_key(&id, |doc| self.place(*doc).id);
        found.ok().map(|n| self.by_id[n])
    }

    /// What earlier snapshots had and this one has not, sorted.
    pub fn retired(&self) -> &[RetiredRecord] {
        &self.retired
    }

    /// Objects of places that edits took away, sorted.
    pub fn taken(&self) -> &[TakenRecord] {
        &self.taken
    }

    /// Rows of a place's names.
    pub fn names(&self, doc: DocId) -> &[NameRecord] {
        &self.names[shared(&self.name_lists, self.names_of(doc).0 as usize)]
    }

    /// Which list of names a place has.
    pub fn names_of(&self, doc: DocId) -> NameListId {
        self.place(doc).names
    }

    /// Words of each of a place's names, in their order.
    pub fn tokens(&self, doc: DocId) -> impl Iterator<Item = &[TokenRecord]> {
        let rows = shared(&self.name_lists, self.names_of(doc).0 as usize);
        let first = |row: usize| self.names.get(row).map(|n| n.first_token as usize);
        rows.map(move |row| {
            let to = first(row + 1).unwrap_or(self.tokens.len());
            &self.tokens[first(row).unwrap_or(to)..to]
        })
    }

    /// The main name of a place in the first of `languages` that it has, else its local name.
    pub fn name_in(&self, doc: DocId, languages: &[String]) -> &str {
        let names = self.names(doc);
        let main = |n: &&NameRecord| NameKind::from_byte(n.kind) == NameKind::Main;
        let wanted = languages
            .iter()
            .find_map(|l| names.iter().filter(main).find(|n| n.language.as_str() == l));
        wanted
            .or_else(|| names.first())
            .map_or("", |n| self.text(n.text))
    }

    /// Numbers of the areas a place lies in, the smallest first.
    pub fn parents(&self, doc: DocId) -> &[DocId] {
        &self.parents[shared(&self.parent_lists, self.place(doc).parents as usize)]
    }

    /// The smallest settlement a place lies in.
    pub fn settlement(&self, doc: DocId) -> Option<DocId> {
        self.settlements[self.place(doc).parents as usize]
    }

    /// Where a place comes from.
    pub fn sources(&self, doc: DocId) -> &[SourceId] {
        &self.sources[self.list(doc, |r| r.first_source)]
    }

    /// Facts about a place.
    pub fn attributes(&self, doc: DocId) -> &[AttributeRecord] {
        &self.attributes[self.list(doc, |r| r.first_attribute)]
    }

    /// One fact about a place.
    pub fn attribute(&self, doc: DocId, key: &str) -> Option<&str> {
        self.attributes(doc)
            .iter()
            .find(|a| self.text(a.key) == key)
            .map(|a| self.text(a.value))
    }

    /// Houses of a street or settlement, sorted by key.
    pub fn houses(&self, doc: DocId) -> Houses<'_> {
        Houses {
            records: &self.houses[self.list(doc, |r| r.first_house)],
            numbers: &self.numbers,
            sources: &self.house_sources,
        }
    }

    /// Where numbers begin that are not below a [`Housenumber::key`](crate::Housenumber::key): for [`Houses::split_at`].
    pub fn number_row(&self, key: u64) -> NumberRow {
        NumberRow::of(key, &self.numbers)
    }

    /// The postcode of the `n`-th house of a place; empty when it has none.
    pub fn postcode(&self, doc: DocId, n: usize) -> &str {
        let row = self.house_row(doc, n);
        let behind = row.saturating_add(1);
        let shelves = &self.postcode_shelves;
        let after = shelves.below(behind, &self.postcodes, |p| p.first_house);
        let run = after.checked_sub(1).and_then(|at| self.postcodes.get(at));
        run.map_or("", |p| self.text(p.postcode))
    }

    /// Other sources of a house: the same house in an address list, or mapped twice.
    pub fn joined(&self, house: SourceId) -> impl Iterator<Item = SourceId> {
        let first = self.joined.partition_point(|j| j.house < house);
        self.joined[first..]
            .iter()
            .take_while(move |j| j.house == house)
            .map(|j| j.other)
    }

    /// Entrances of the `n`-th house of a place.
    pub fn entrances(&self, doc: DocId, n: usize) -> &[EntranceRecord] {
        owned_by(&self.entrances, self.house_row(doc, n))
    }

    /// How often the `n`-th house of a place was asked for.
    pub fn house_popularity(&self, doc: DocId, n: usize) -> u32 {
        let row = self.house_row(doc, n);
        let at = self.popular_houses.binary_search_by_key(&row, |p| p.house);
        at.map_or(0, |at| self.popular_houses[at].count)
    }

    fn house_row(&self, doc: DocId, n: usize) -> u32 {
        let row = self.place(doc).first_house as usize + n;
        u32::try_from(row).unwrap_or(u32::MAX)
    }

    /// Entrances of a station or POI.
    pub fn exits(&self, doc: DocId) -> &[EntranceRecord] {
        owned_by(&self.exits, doc)
    }

    /// The geometry of a street: its lines, each a run of points.
    pub fn lines(&self, doc: DocId) -> impl Iterator<Item = &[LonLat]> {
        let points = &self.lines[self.list(doc, |r| r.first_point)];
        points.split(|p| *p == LINE_BREAK).filter(|l| !l.is_empty())
    }

    /// Streets that cross or meet a street, sorted by their number.
    pub fn crossings(&self, doc: DocId) -> &[CrossingRecord] {
        &self.crossings[self.list(doc, |r| r.first_crossing)]
    }

    pub(super) fn list(&self, doc: DocId, first: impl Fn(&PlaceRecord) -> u32) -> Range<usize> {
        let n = doc as usize;
        first(&self.places[n]) as usize..first(&self.places[n + 1]) as usize
    }
}

fn layer_of(place: &PlaceRecord) -> Layer {
    Layer::from_byte(place.layer).unwrap_or(Layer::Poi)
}

/// The rows of a list that places share.
fn shared(lists: &[u32], list: usize) -> Range<usize> {
    lists[list] as usize..lists[list + 1] as usize
}

/// Separates the lines of one geometry in `lines.bin`: a point that is none.
pub const LINE_BREAK: LonLat = LonLat::BREAK;

fn owned_by(table: &[EntranceRecord], owner: u32) -> &[EntranceRecord] {
    let from = table.partition_point(|e| e.owner < owner);
    let to = table.partition_point(|e| e.owner <= owner);
    &table[from..to]
}

fn open_index(path: &Path, places: usize) -> Result<DocSets, OpenError> {
    let index_error = |source| OpenError::Index {
        path: path.to_owned(),
        source,
    };
    let index = Index::open_in_dir(path).map_err(index_error)?;
    let (expected, fields) = schema();
    if index.schema() != expected {
        let source = tantivy::TantivyError::SchemaError(
            "its fields are those of another version".to_owned(),
        );
        return Err(index_error(source));
    }
    let reader: IndexReader = index
        .reader_builder()
        .reload_policy(ReloadPolicy::Manual)
        .try_into()
        .map_err(index_error)?;
    let searcher = reader.searcher();
    let segments = searcher.segment_readers();
    let found: Vec<u32> = segments.iter().map(|s| s.max_doc()).collect();
    let whole = found.iter().map(|n| *n as usize).sum::<usize>() == places && found.len() <= 1;
    if !whole {
        let found = found
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" + ");
        return Err(OpenError::Segments {
            path: path.to_owned(),
            places,
            found,
        });
    }
    DocSets::of(fields, segments.first()).map_err(index_error)
}
