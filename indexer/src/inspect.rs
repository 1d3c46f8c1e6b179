//! Everything a snapshot knows of a place, as text for people.

use anyhow::{Result, bail};
use geodata::snapshot::{DocId, House, Snapshot};
use geodata::{LonLat, NameKind, PlaceRef};
use std::fmt::Write;

/// How many houses of a street are listed.
const MAX_HOUSES: usize = 40;

/// Describes a place, or a house of one.
///
/// # Errors
/// When the snapshot has no such place; says what took its place where it once had.
pub fn describe(snapshot: &Snapshot, id: PlaceRef) -> Result<String> {
    let name = &snapshot.manifest().name;
    let mut text = String::new();
    let found = snapshot.find(id.place).filter(|doc| {
        let mut houses = snapshot.houses(*doc).iter();
        id.part.is_none() || houses.any(|h| id.is_house(h.source))
    });
    let Some(doc) = found else {
        match snapshot.gone(id).map(|g| g.successor) {
            Some(Some(successor)) => {
                bail!("`{id}` is no more; `{successor}` took its place in {name}")
            }
            Some(None) => bail!("`{id}` is no more, and nothing took its place in {name}"),
            None => bail!("no place or house of {name} has the id `{id}`"),
        }
    };
    writeln!(text, "snapshot   {name}")?;
    let houses = snapshot.houses(doc);
    if id.part.is_some() {
        for house in houses.iter().filter(|h| id.is_house(h.source)) {
            writeln!(text, "house      {}", house_line(snapshot, &house))?;
        }
    }
    place(snapshot, doc, &mut text)?;
    if id.part.is_none() {
        for house in houses.iter().take(MAX_HOUSES) {
            writeln!(text, "house      {}", house_line(snapshot, &house))?;
        }
        if houses.len() > MAX_HOUSES {
            writeln!(text, "           and {} more", houses.len() - MAX_HOUSES)?;
        }
    }
    Ok(text)
}

fn place(snapshot: &Snapshot, doc: DocId, text: &mut String) -> Result<()> {
    let record = snapshot.place(doc);
    writeln!(
        text,
        "place      {} {} at {}",
        record.id,
        snapshot.layer(doc),
        at(record.point)
    )?;
    for name in snapshot.names(doc) {
        let kind = NameKind::from_byte(name.kind).as_str();
        let language = name.language.as_str();
        let colon = if language.is_empty() { "" } else { ":" };
        writeln!(
            text,
            "name       {} ({kind}{colon}{language})",
            snapshot.text(name.text)
        )?;
    }
    let category = snapshot.text(record.category);
    if !category.is_empty() {
        writeln!(text, "category   {category}")?;
    }
    for parent in snapshot.parents(doc) {
        let (layer, name) = (snapshot.layer(*parent), snapshot.name_in(*parent, &[]));
        writeln!(
            text,
            "in         {name} ({layer} {})",
            snapshot.place(*parent).id
        )?;
    }
    let sources: Vec<String> = snapshot
        .sources(doc)
        .iter()
        .map(ToString::to_string)
        .collect();
    writeln!(text, "from       {}", sources.join(" "))?;
    for fact in snapshot.attributes(doc) {
        writeln!(
            text,
            "fact       {} = {}",
            snapshot.text(fact.key),
            snapshot.text(fact.value)
        )?;
    }
    writeln!(
        text,
        "importance {:.3}, asked for {} times",
        record.importance, record.popularity
    )?;
    let points: usize = snapshot.lines(doc).map(<[LonLat]>::len).sum();
    writeln!(
        text,
        "geometry   {} lines of {points} points, {} crossings, {} exits, {} houses",
        snapshot.lines(doc).count(),
        snapshot.crossings(doc).len(),
        snapshot.exits(doc).len(),
        snapshot.houses(doc).len(),
    )?;
    Ok(())
}

fn house_line(snapshot: &Snapshot, house: &House) -> String {
    let also: String = snapshot
        .joined(house.source)
        .map(|s| format!(" + {s}"))
        .collect();
    let interpolated = if house.is_interpolated() {
        ", interpolated"
    } else {
        ""
    };
    format!(
        "{} found as {}, {}{also} at {}{interpolated}",
        snapshot.text(house.number),
        house.housenumber(),
        house.source,
        at(house.point)
    )
}

fn at(point: LonLat) -> String {
    format!("{:.7}, {:.7} (lon, lat)", point.lon(), point.lat())
}
