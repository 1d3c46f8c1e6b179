//! Boundaries and place nodes → areas, settlements, and the answer to "what lies this point in?".

use super::collectors::{Collector, Collectors};
use super::{Options, World, row};
use crate::osm::{Harvest, RawArea, RawPlace};
use crate::report::RejectReason;
use geodata::admin::{Area, AreaLookup, AreaTags, layer_of_area, layer_of_place, reach_m};
use geodata::draft::Draft;
use geodata::{Layer, LonLat, Name, NameKind, SourceId};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use synonyms::fold;

/// Which areas a point lies in, and which settlement without a boundary it belongs to.
pub(super) struct Settlements {
    lookup: AreaLookup,
    /// Draft of each area of the lookup.
    drafts: Vec<u32>,
    layers: Vec<Layer>,
    collectors: Collectors,
}

impl Settlements {
    /// Drafts of the areas a point lies in, the smallest first.
    pub(super) fn parents_of(&self, point: LonLat) -> Vec<u32> {
        let mut areas = self.lookup.containing(point);
        areas.sort_by(|a, b| self.lookup.extent(*a).total_cmp(&self.lookup.extent(*b)));
        let has_settlement = areas.iter().any(|a| self.layers[*a].is_settlement());
        let has_district = areas.iter().any(|a| self.layers[*a] == Layer::District);
        let mut parents: Vec<u32> = areas.iter().map(|a| self.drafts[*a]).collect();
        if !has_settlement && let Some(settlement) = self.collectors.nearest(point, true) {
            // Behind the districts, before everything larger.
            let at = areas
                .iter()
                .position(|a| self.layers[*a] != Layer::District)
                .unwrap_or(areas.len());
            parents.insert(at, settlement);
        }
        if !has_district && let Some(district) = self.collectors.nearest(point, false) {
            parents.insert(0, district);
        }
        parents
    }

    /// The settlement a point belongs to.
    pub(super) fn settlement_of(&self, point: LonLat) -> Option<u32> {
        let is_settlement = |area: usize| self.layers[area].is_settlement();
        let settlements = self.lookup.those_containing(point, is_settlement);
        let extent = |area: usize| self.lookup.extent(area);
        let smallest = settlements.min_by(|a, b| extent(*a).total_cmp(&extent(*b)).then(a.cmp(b)));
        let bounded = smallest.map(|a| self.drafts[a]);
        bounded.or_else(|| self.collectors.nearest(point, true))
    }
}

/// Turns areas and place nodes into drafts.
pub(super) fn resolve(all: &mut Harvest, options: &Options, world: &mut World) -> Settlements {
    let areas = std::mem::take(&mut all.areas);
    let is_settlement = |place: &mut RawPlace| place.place.is_some();
    let nodes: Vec<RawPlace> = all.places.extract_if(.., is_settlement).collect();
    let shapes: Vec<Area> = areas
        .iter()
        .map(|a| Area {
            rings: a.place.geometry.rings.clone(),
        })
        .collect();
    let lookup = AreaLookup::new(&shapes);
    let countries = countries(&areas, &lookup, options);
    let mut standing: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
    let mut linked = vec![false; nodes.len()];
    let mut twin_of: FxHashMap<usize, usize> = FxHashMap::default();
    for link in link_nodes(&areas, &nodes, &lookup) {
        twin_of.extend(link.twins.into_iter().map(|twin| (twin, link.area)));
        standing.entry(link.area).or_default().push(link.node);
    }
    twin_of.retain(|twin, _| !standing.contains_key(twin));
    let mut drafts_of_areas = Vec::with_capacity(areas.len());
    for (n, area) in areas.iter().enumerate() {
        if twin_of.contains_key(&n) {
            drafts_of_areas.push(None);
            continue;
        }
        let mut own: Vec<usize> = standing.remove(&n).unwrap_or_default();
        own.sort_unstable();
        let own: Vec<&RawPlace> = own
            .into_iter()
            .inspect(|m| linked[*m] = true)
            .map(|m| &nodes[m])
            .collect();
        let draft = draft_of_area(area, &own, &countries[n]);
        if draft.is_none() {
            world.rejects.add(
                RejectReason::UnknownAreaLevel,
                &area.place.source.to_string(),
            );
        }
        drafts_of_areas.push(draft.map(|draft| push(world, draft)));
    }
    for (twin, area) in &twin_of {
        if let Some(draft) = drafts_of_areas[*area] {
            world.drafts.places[draft as usize]
                .sources
                .push(areas[*twin].place.source);
        }
    }
    for draft in &mut world.drafts.places {
        // The first source, from which the id is derived, stays first.
        draft
            .sources
            .get_mut(2..)
            .into_iter()
            .for_each(<[_]>::sort_unstable);
    }
    let unlinked = nodes
        .iter()
        .zip(&linked)
        .filter(|(_, linked)| !**linked)
        .map(|(node, _)| node);
    let points = unlinked
        .filter_map(|node| point_settlement(node, world))
        .collect();
    let settlements = index(&areas, &drafts_of_areas, points, world);
    set_parents(&settlements, world);
    settlements
}

fn push(world: &mut World, draft: Draft) -> u32 {
    world.drafts.places.push(draft);
    row(world.drafts.places.len() - 1)
}

/// The draft of a boundary and the nodes that stand for it; `None` when its level is no layer.
fn draft_of_area(area: &RawArea, nodes: &[&RawPlace], country: &str) -> Option<Draft> {
    let tags = AreaTags {
        admin_level: area.admin_level,
        place: area.place.place.as_deref(),
    };
    let layer_of_node = nodes
        .iter()
        .find_map(|node| layer_of_place(node.place.as_deref()?));
    let layer = layer_of_node.or_else(|| layer_of_area(tags, country))?;
    let mut draft = draft_of(&area.place, layer);
    draft.rings = area.place.geometry.rings.clone();
    draft.radius_m = area.place.geometry.radius_m;
    if layer == Layer::Country {
        draft
            .attributes
            .push(("countrycode".into(), country.into()));
    }
    for node in nodes {
        absorb(&mut draft, node);
    }
    Some(draft)
}

/// A settlement or district without boundary: how far it reaches from its point, if it collects what lies around.
fn point_settlement(node: &RawPlace, world: &mut World) -> Option<Collector> {
    let place = node.place.as_deref()?;
    let layer = layer_of_place(place)?;
    let mut draft = draft_of(node, layer);
    let reach = reach_m(place);
    draft.radius_m = if reach < 4_000.0 { 1_000 } else { 4_000 };
    let point = draft.point;
    let row = push(world, draft);
    let collects = layer.is_settlement() || layer == Layer::District;
    collects.then_some(Collector {
        draft: row,
        point,
        reach_m: reach,
        is_settlement: layer.is_settlement(),
    })
}

/// The lookup over those areas that became drafts.
fn index(
    areas: &[RawArea],
    drafts: &[Option<u32>],
    points: Vec<Collector>,
    world: &World,
) -> Settlements {
    let kept: Vec<(u32, Area)> = areas
        .iter()
        .zip(drafts)
        .filter_map(|(a, d)| {
            Some((
                (*d)?,
                Area {
                    rings: a.place.geometry.rings.clone(),
                },
            ))
        })
        .filter(|(_, a)| !a.rings.is_empty())
        .collect();
    let (drafts, shapes): (Vec<u32>, Vec<Area>) = kept.into_iter().unzip();
    let layers = drafts
        .iter()
        .map(|d| world.drafts.places[*d as usize].layer)
        .collect();
    Settlements {
        lookup: AreaLookup::new(&shapes),
        drafts,
        layers,
        collectors: Collectors::new(points),
    }
}

fn set_parents(settlements: &Settlements, world: &mut World) {
    let places = &world.drafts.places;
    let parents_of = |(n, draft): (usize, &Draft)| {
        let mut parents = settlements.parents_of(draft.point);
        // An area contains its own point and those of what lies in it; larger means a wider layer or a wider reach.
        parents.retain(|p| *p as usize != n && is_within(draft, &places[*p as usize]));
        parents
    };
    let all: Vec<Vec<u32>> = places.par_iter().enumerate().map(parents_of).collect();
    for (draft, parents) in world.drafts.places.iter_mut().zip(all) {
        draft.parents = parents;
    }
}

/// Whether an area may be the parent of another: of a wider layer, or of the same layer and clearly larger.
fn is_within(inner: &Draft, outer: &Draft) -> bool {
    let rank = |layer: Layer| match layer {
        Layer::Country => 0,
        Layer::State => 1,
        Layer::County => 2,
        Layer::City | Layer::Locality => 3,
        _ => 4,
    };
    let (a, b) = (rank(inner.layer), rank(outer.layer));
    b < a || a == b && outer.radius_m > inner.radius_m.saturating_mul(2) && !outer.rings.is_empty()
}

fn draft_of(place: &RawPlace, layer: Layer) -> Draft {
    let point = place.geometry.point.unwrap_or(LonLat::clamped(0.0, 0.0));
    let mut draft = Draft::new(layer, vec![place.source], place.names.clone(), point);
    draft.attributes = place.attributes.clone();
    draft
        .attributes
        .extend(place.place.iter().map(|p| ("place".into(), p.clone())));
    draft
}

/// A boundary takes up the node that stands for it: its position, names and facts.
fn absorb(draft: &mut Draft, node: &RawPlace) {
    draft.point = node.geometry.point.unwrap_or(draft.point);
    draft.sources.push(node.source);
    for name in &node.names {
        if !draft.names.contains(name) {
            draft.names.push(name.clone());
        }
    }
    draft.names.sort();
    let facts = node
        .attributes
        .iter()
        .cloned()
        .chain(node.place.iter().map(|p| ("place".into(), p.clone())));
    for (key, value) in facts {
        match draft.attributes.iter_mut().find(|(k, _)| *k == key) {
            Some(known) => known.1 = value,
            None => draft.attributes.push((key, value)),
        }
    }
}

/// The country of each area: its own code, else that of the country around it, else the caller's.
fn countries(areas: &[RawArea], lookup: &AreaLookup, options: &Options) -> Vec<String> {
    let fallback = options.country.clone().unwrap_or_default();
    let own = |a: &RawArea| {
        a.country
            .as_deref()
            .filter(|c| c.len() == 2)
            .map(str::to_owned)
    };
    let of = |area: &RawArea| {
        let point = area.place.geometry.point?;
        lookup
            .containing(point)
            .into_iter()
            .filter(|n| areas[*n].admin_level == Some(2))
            .find_map(|n| own(&areas[n]))
    };
    areas
        .par_iter()
        .map(|a| own(a).or_else(|| of(a)).unwrap_or_else(|| fallback.clone()))
        .collect()
}

/// A place node and the areas it stands for.
struct Link {
    node: usize,
    /// The area that becomes the place.
    area: usize,
    /// Further boundaries of the same settlement: mapped twice, or drawn for the place beside the admin area.
    twins: Vec<usize>,
}

/// Which areas each place node stands for: one it is a member of, or one of its name around it.
fn link_nodes(areas: &[RawArea], nodes: &[RawPlace], lookup: &AreaLookup) -> Vec<Link> {
    let names: Vec<Vec<String>> = areas.par_iter().map(|a| main_names(&a.place)).collect();
    let link = |(n, node): (usize, &RawPlace)| {
        let point = node.geometry.point?;
        let layer = node.place.as_deref().and_then(layer_of_place)?;
        let own = main_names(node);
        let mut fitting: Vec<usize> = lookup
            .containing(point)
            .into_iter()
            .filter(|a| {
                names[*a].iter().any(|name| own.contains(name))
                    && may_stand_for(&areas[*a], layer, node.source)
            })
            .collect();
        fitting.sort_by_key(|a| {
            let area = &areas[*a];
            std::cmp::Reverse((
                area.nodes.contains(&node.source),
                area.admin_level.unwrap_or(8),
                area.place.source,
            ))
        });
        let (area, rest) = fitting.split_first()?;
        // A county of the same name is a place of its own.
        let settled = |a: &&usize| areas[**a].admin_level.is_none_or(|level| level >= 8);
        Some(Link {
            node: n,
            area: *area,
            twins: rest.iter().filter(settled).copied().collect(),
        })
    };
    nodes.par_iter().enumerate().filter_map(link).collect()
}

/// A district's node never stands for a city, nor the reverse.
fn may_stand_for(area: &RawArea, node: Layer, source: SourceId) -> bool {
    let own = area.place.place.as_deref().and_then(layer_of_place);
    let level = area.admin_level.unwrap_or(8);
    match (node, own) {
        (Layer::District, Some(layer)) => layer == Layer::District,
        (Layer::District, None) => level >= 9,
        (_, Some(Layer::District)) => false,
        (Layer::City | Layer::Locality, _) => {
            level > 2 && (level <= 8 || area.nodes.contains(&source))
        }
        _ => true,
    }
}

/// What a place is called today, folded.
fn main_names(place: &RawPlace) -> Vec<String> {
    let main = |n: &&Name| matches!(n.kind, NameKind::Main | NameKind::Official);
    let names = place.names.iter().filter(main);
    names.map(|name| fold(&name.text)).collect()
}
