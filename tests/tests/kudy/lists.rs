//! Own address lists beside the map: the same house is one house, what fits nothing is counted by its line.

use serde_json::json;
use tests::{MapFixture, TestApp, plan};

const GRID: &str = "a b c d";
const OBJECTS: &str = "
w1 a-b-c-d highway=residential | name=вулиця Лісова
n1 a addr:housenumber=1 | addr:street=вулиця Лісова
n2 b place=village | name=Липівка
";
const LIST: &str = "street,housenumber,unit,lon,lat,name,category,city
Лісова,1,,30.0001,50.0,,,
вул. Лісова,5,2,30.0011,50.0,,,
,7,,10.0,10.0,,,Ніде
Лісова,9,,330,50,,,
,,,30.001,50.0,Кав'ярня,amenity=cafe,
";

#[test]
fn a_list_adds_what_the_map_lacks_and_joins_what_it_has() {
    let map = MapFixture::draw((30.0, 50.0), GRID, OBJECTS);
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("own.csv");
    std::fs::write(&list, LIST).unwrap();
    let app = TestApp::from_plan(|data| {
        let mut plan = plan(data, vec![map.path()]);
        plan.addresses = vec![list];
        plan
    });
    let joined = app.autocomplete("лісова 1", None);
    let place = app.get(&format!("/v1/places/{}", joined.first("id")));
    assert_eq!(place.body["properties"]["osm"], json!(["n1", "list1:2"]));
    let added = app.autocomplete("лісова 5", None);
    assert_eq!(
        (added.first("match").as_str(), added.first("osm").as_str()),
        ("exact", "list1:3")
    );
    assert_eq!(
        app.autocomplete("лісова 5 під'їзд 2", None).first("match"),
        "entrance"
    );
    assert_eq!(app.autocomplete("кав'ярня", None).first("osm"), "list1:6");
    assert_eq!(app.report.houses.joined, 1);
    assert_eq!(
        app.report.rejected["list_row_unusable"].samples,
        ["own.csv:5"]
    );
    assert_eq!(
        app.report.rejected["list_row_fits_nothing"].samples,
        ["list1:4"]
    );
}
