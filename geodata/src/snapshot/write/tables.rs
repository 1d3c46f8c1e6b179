//! Places → tables.

use super::WriteError;
use super::shared::{AtomTexts, NameLists, Numbers, SharedLists};
use super::spatial::{self, Located};
use crate::draft::{DoorOwner, Draft, Drafts};
use crate::snapshot::{
    AreaShapes, AttributeRecord, CrossingRecord, EntranceRecord, HouseParts, HouseRecord,
    JoinedRecord, LINE_BREAK, NameListId, NameRecord, PlaceRecord, PopularHouseRecord,
    PostcodeRecord, TextId, TextsWriter, TokenRecord, WordsWriter, files, write_table,
};
use crate::{Layer, LonLat, PlaceId, SourceId};
use bytemuck::NoUninit;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// How much a tenfold popularity counts beside the static importance when places are ordered.
const POPULARITY_SHARE: f32 = 0.05;

/// Positions of drafts in falling order of importance; ties by layer, source and name, so that the order never depends
/// on the input's.
pub(super) fn order(drafts: &Drafts) -> Vec<u32> {
    let mut order: Vec<(f32, u8, SourceId, u32)> = drafts
        .places
        .par_iter()
        .zip(0..row(drafts.places.len()))
        .map(|(d, n)| {
            let first = d.sources.iter().min().copied().unwrap_or(SourceId::NONE);
            (rank(d), d.layer as u8, first, n)
        })
        .collect();
    let name = |n: u32| drafts.places[n as usize].name();
    order.par_sort_unstable_by(|a, b| {
        let ties = (a.1, a.2).cmp(&(b.1, b.2));
        b.0.total_cmp(&a.0)
            .then(ties)
            .then_with(|| name(a.3).cmp(name(b.3)))
    });
    order.into_iter().map(|(_, _, _, n)| n).collect()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a rough count is enough for an order"
)]
fn rank(draft: &Draft) -> f32 {
    draft.importance + POPULARITY_SHARE * (1.0 + draft.popularity as f32).log10()
}

/// Places per layer; houses and entrances are counted too.
pub(super) fn counts(drafts: &Drafts) -> BTreeMap<String, u64> {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for draft in &drafts.places {
        *counts.entry(draft.layer.to_string()).or_default() += 1;
    }
    let houses = drafts.places.par_iter().flat_map_iter(|d| &d.houses);
    let mut houses: Vec<SourceId> = houses.map(|h| h.source).collect();
    houses.par_sort_unstable();
    houses.dedup();
    counts.insert(Layer::House.to_string(), houses.len() as u64);
    counts.insert(Layer::Entrance.to_string(), drafts.doors.len() as u64);
    counts
}

/// Tables under construction.
#[derive(Default)]
struct Tables {
    /// The number of each draft.
    doc_of: Vec<u32>,
    texts: TextsWriter,
    places: Vec<PlaceRecord>,
    /// Where each list of names begins.
    name_lists: Vec<u32>,
    names: Vec<NameRecord>,
    tokens: Vec<TokenRecord>,
    parents: SharedLists,
    sources: Vec<SourceId>,
    attributes: Vec<AttributeRecord>,
    houses: Vec<HouseRecord>,
    /// Those that houses have no room for.
    house_sources: Vec<SourceId>,
    numbers: Numbers,
    postcodes: Vec<PostcodeRecord>,
    popular_houses: Vec<PopularHouseRecord>,
    lines: Vec<LonLat>,
    crossings: Vec<CrossingRecord>,
    shapes: Vec<(u32, Vec<LonLat>)>,
    /// Rows of each house that has doors or an outline, by its source.
    rows: FxHashMap<SourceId, Vec<u32>>,
    atoms: AtomTexts,
    entrances: Vec<EntranceRecord>,
    exits: Vec<EntranceRecord>,
}

pub(super) fn row(n: usize) -> u32 {
    u32::try_from(n).expect("fewer than 4 G records")
}

/// Writes all tables.
pub(super) fn write(
    drafts: &Drafts,
    order: &[u32],
    names: Arc<NameLists<'_>>,
    folder: &Path,
) -> Result<(), WriteError> {
    let mut tables = Tables::default();
    tables.reserve(drafts);
    tables.names(&names, folder)?;
    tables.doc_of = vec![0; order.len()];
    for (doc, n) in order.iter().enumerate() {
        tables.doc_of[*n as usize] = row(doc);
    }
    tables.numbers = Numbers::of(drafts, order, &mut tables.texts);
    let doors = drafts.doors.iter().filter_map(|d| match d.owner {
        DoorOwner::House(source) => Some(source),
        DoorOwner::Place(_) => None,
    });
    let outlines = (0..drafts.outlines.len()).map(|n| drafts.outlines.get(n).0);
    let wanted = doors.chain(outlines).map(|source| (source, Vec::new()));
    tables.rows = wanted.collect();
    for (n, list) in order.iter().zip(&names.of_place) {
        tables.place(&drafts.places[*n as usize], *list, drafts);
    }
    drop(names);
    let sentinel = tables.record(LonLat::clamped(0.0, 0.0));
    tables.places.push(sentinel);
    tables.parents.finish();
    tables.doors(drafts);
    tables.save(drafts, folder)?;
    let located = Located {
        places: &tables.places,
        texts: &tables.texts,
        houses: &tables.houses,
        lines: &tables.lines,
        rows: &tables.rows,
        shapes: &tables.shapes,
        outlines: &drafts.outlines,
    };
    spatial::write(&located, folder)
}

impl Tables {
    /// Makes room in what a country fills by the million.
    fn reserve(&mut self, drafts: &Drafts) {
        let houses = drafts.places.iter().map(|draft| draft.houses.len());
        let lines = drafts.places.iter().flat_map(|draft| &draft.lines);
        self.places.reserve_exact(drafts.places.len() + 1);
        self.houses.reserve_exact(houses.sum());
        self.lines
            .reserve_exact(lines.map(|line| line.len() + 1).sum());
    }

    /// Takes the names up, and writes the vocabulary of their words.
    fn names(&mut self, all: &NameLists<'_>, folder: &Path) -> Result<(), WriteError> {
        let mut words = WordsWriter::default();
        for list in &all.lists {
            for word in list.words.iter().flatten() {
                words.add(&word.key, &word.fold, list.places);
            }
        }
        let paths = [
            files::WORD_KEYS,
            files::WORD_RANGES,
            files::WORD_FORMS,
            files::WORD_LETTERS,
        ]
        .map(|name| folder.join(name));
        let forms = words
            .write(paths.each_ref().map(|p| &**p), &mut self.texts)
            .map_err(failed(folder, files::WORD_KEYS))?;
        for list in &all.lists {
            self.name_lists.push(row(self.names.len()));
            for (name, words) in list.names.iter().zip(&list.words) {
                self.names.push(NameRecord {
                    text: self.texts.intern(&name.text),
                    first_token: row(self.tokens.len()),
                    kind: name.kind as u8,
                    language: name.language,
                });
                let words = words.iter();
                let tokens = words.map(|w| TokenRecord::new(forms[w.fold.as_str()], w.role));
                self.tokens.extend(tokens);
            }
        }
        self.name_lists.push(row(self.names.len()));
        Ok(())
    }

    /// A record whose lists begin where the tables end now.
    fn record(&self, point: LonLat) -> PlaceRecord {
        PlaceRecord {
            id: PlaceId::NONE,
            point,
            importance: 0.0,
            popularity: 0,
            category: TextId::EMPTY,
            names: NameListId::default(),
            parents: 0,
            first_source: row(self.sources.len()),
            first_attribute: row(self.attributes.len()),
            first_house: row(self.houses.len()),
            first_point: row(self.lines.len()),
            first_crossing: row(self.crossings.len()),
            radius_m: 0,
            layer: 0,
            reserved: [0; 3],
        }
    }

    fn place(&mut self, draft: &Draft, names: u32, drafts: &Drafts) {
        let category = self
            .texts
            .intern(draft.category.as_deref().unwrap_or_default());
        let parents = draft.parents.iter().map(|p| self.doc_of[*p as usize]);
        let record = PlaceRecord {
            id: draft.id,
            importance: draft.importance,
            popularity: draft.popularity,
            category,
            names: NameListId::nth(names),
            parents: self.parents.intern(parents.collect()),
            radius_m: draft.radius_m,
            layer: draft.layer as u8,
            ..self.record(draft.point)
        };
        let doc = row(self.places.len());
        self.places.push(record);
        self.sources.extend(&draft.sources);
        for (key, value) in &draft.attributes {
            let (key, value) = (self.texts.intern(key), self.texts.intern(value));
            self.attributes.push(AttributeRecord { key, value });
        }
        for house in &draft.houses {
            let at = row(self.houses.len());
            if let Some(rows) = self.rows.get_mut(&house.source) {
                rows.push(at);
            }
            let postcode = self.atoms.intern(house.postcode, drafts, &mut self.texts);
            if self.postcodes.last().map_or(TextId::EMPTY, |p| p.postcode) != postcode {
                self.postcodes.push(PostcodeRecord {
                    first_house: at,
                    postcode,
                });
            }
            if house.popularity > 0 {
                self.popular_houses.push(PopularHouseRecord {
                    house: at,
                    count: house.popularity,
                });
            }
            let parts = HouseParts {
                number: self.numbers.row(at),
                interpolated: house.interpolated,
                corner: house.corner,
                source: house.source,
                point: house.point,
            };
            let packed = HouseRecord::pack(parts, &mut self.house_sources);
            self.houses.push(packed);
        }
        for line in &draft.lines {
            self.lines.extend_from_slice(line);
            self.lines.push(LINE_BREAK);
        }
        let mut crossings: Vec<CrossingRecord> = draft
            .crossings
            .iter()
            .map(|(s, point)| CrossingRecord {
                street: self.doc_of[*s as usize],
                point: *point,
            })
            .collect();
        crossings.sort_by_key(|c| (c.street, c.point));
        self.crossings.extend(crossings);
        let rings = draft.rings.iter().map(|ring| (doc, ring.clone()));
        self.shapes.extend(rings);
    }

    /// A house that is found in several ways has its doors in all of them.
    fn doors(&mut self, drafts: &Drafts) {
        for door in &drafts.doors {
            let mut record = EntranceRecord {
                source: door.source,
                point: door.point,
                owner: 0,
                reference: self.texts.intern(drafts.atoms.get(door.reference)),
                flats: self.texts.intern(drafts.atoms.get(door.flats)),
                kind: self.texts.intern(drafts.atoms.get(door.kind)),
            };
            match door.owner {
                DoorOwner::House(source) => {
                    for owner in self.rows.get(&source).into_iter().flatten() {
                        record.owner = *owner;
                        self.entrances.push(record);
                    }
                }
                DoorOwner::Place(n) => {
                    record.owner = self.doc_of[n as usize];
                    self.exits.push(record);
                }
            }
        }
        self.entrances.sort_by_key(|e| (e.owner, e.source));
        self.exits.sort_by_key(|e| (e.owner, e.source));
    }

    /// Numbers of all places in the order of their ids, by which [`crate::snapshot::Snapshot::find`] finds them.
    fn by_id(&self) -> Vec<u32> {
        let places = self.places.split_last().map_or(&[][..], |(_, p)| p);
        let mut by_id: Vec<u32> = (0..row(places.len())).collect();
        by_id.par_sort_unstable_by_key(|doc| places[*doc as usize].id);
        by_id
    }

    fn save(&self, drafts: &Drafts, folder: &Path) -> Result<(), WriteError> {
        let pairs = drafts.joined.iter();
        let joined: Vec<JoinedRecord> = pairs
            .map(|(house, other)| JoinedRecord {
                house: *house,
                other: *other,
            })
            .collect();
        save(folder, files::PLACES, &self.places)?;
        save(folder, files::NAME_LISTS, &self.name_lists)?;
        save(folder, files::NAMES, &self.names)?;
        save(folder, files::TOKENS, &self.tokens)?;
        save(folder, files::PARENT_LISTS, &self.parents.firsts)?;
        save(folder, files::PARENTS, &self.parents.values)?;
        save(folder, files::SOURCES, &self.sources)?;
        save(folder, files::ATTRIBUTES, &self.attributes)?;
        let (found, most) = (self.numbers.records.len(), HouseRecord::MAX_NUMBERS);
        if found > most {
            return Err(WriteError::Numbers { found, most });
        }
        save(folder, files::HOUSES, &self.houses)?;
        save(folder, files::HOUSE_SOURCES, &self.house_sources)?;
        save(folder, files::NUMBERS, &self.numbers.records)?;
        save(folder, files::POSTCODES, &self.postcodes)?;
        save(folder, files::JOINED, &joined)?;
        save(folder, files::RETIRED, &drafts.retired)?;
        save(folder, files::TAKEN, &drafts.taken)?;
        save(folder, files::POPULAR_HOUSES, &self.popular_houses)?;
        save(folder, files::ENTRANCES, &self.entrances)?;
        save(folder, files::EXITS, &self.exits)?;
        save(folder, files::LINES, &self.lines)?;
        save(folder, files::CROSSINGS, &self.crossings)?;
        save(folder, files::PLACE_IDS, &self.by_id())?;
        let at = |name: &str| folder.join(name);
        let texts = self
            .texts
            .write(&at(files::TEXT_OFFSETS), &at(files::TEXTS));
        texts.map_err(failed(folder, files::TEXTS))?;
        let shapes = [
            at(files::SHAPES),
            at(files::SHAPE_POINTS),
            at(files::SHAPE_TREE),
        ];
        AreaShapes::write(&self.shapes, [&shapes[0], &shapes[1], &shapes[2]])
            .map_err(failed(folder, files::SHAPES))
    }
}

fn save<T: NoUninit>(folder: &Path, name: &str, records: &[T]) -> Result<(), WriteError> {
    write_table(&folder.join(name), records).map_err(failed(folder, name))
}

fn failed(folder: &Path, name: &str) -> impl FnOnce(io::Error) -> WriteError {
    let path = folder.join(name);
    move |source| WriteError::Io { path, source }
}
