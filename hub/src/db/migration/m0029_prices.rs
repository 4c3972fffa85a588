//! Price lists of the chain and what they say of items; option models, and who sees and keeps them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, boolean, integer, integer_null, string, string_null};

use super::{id, index, primary, refers, table};

/// See the head of this file.
pub(super) struct Prices;

impl MigrationName for Prices {
    fn name(&self) -> &'static str {
        "m0029_prices"
    }
}

/// Who sees prices: whoever sells, and whoever looks at figures. Lists are kept by head office; cost is for those who count profit.
const RIGHTS: [(&str, &str); 9] = [
    ("analyst", r#","prices.see","prices.cost"]"#),
    ("region_manager", r#","prices.see"]"#),
    ("dealer_owner", r#","prices.see"]"#),
    ("store_manager", r#","prices.see"]"#),
    ("sales", r#","prices.see"]"#),
    ("designer", r#","prices.see"]"#),
    ("customer_service", r#","prices.see"]"#),
    ("finance", r#","prices.see","prices.cost"]"#),
    ("auditor", r#","prices.see","prices.cost"]"#),
];

/// Option models as they are delivered, for no items yet: curtains by the metre, cabinets by their projected area.
const MODELS: [(&str, &str); 2] = [
    (
        "curtain",
        r#"{"title":"窗帘","title_en":"Curtain","kind":"non_standard","items":[],
        "parameters":[
            {"code":"width","title":"窗宽","title_en":"Window width","unit":"m","min":"0.3","max":"12","step":"0.01"},
            {"code":"height","title":"成品高","title_en":"Finished height","unit":"m","min":"0.3","max":"6","step":"0.01","default":"2.6"}],
        "categories":[
            {"code":"cloth","title":"布料","title_en":"Cloth","options":[
                {"code":"fixed_height","title":"定高布 2.8 m","title_en":"Fixed height 2.8 m","values":{"price_per_m":"45","height":"2.8"},
                 "when":"height <= 2.7"},
                {"code":"fixed_width","title":"定宽布 1.45 m","title_en":"Fixed width 1.45 m","values":{"price_per_m":"38","width":"1.45"}}]},
            {"code":"fold","title":"褶皱倍数","title_en":"Fullness","default":"normal","options":[
                {"code":"flat","title":"1.8 倍","title_en":"1.8 times","values":{"times":"1.8"}},
                {"code":"normal","title":"2 倍","title_en":"2 times","values":{"times":"2"}},
                {"code":"full","title":"2.5 倍","title_en":"2.5 times","values":{"times":"2.5"}}]},
            {"code":"track","title":"轨道","title_en":"Track","required":false,"options":[
                {"code":"straight","title":"静音直轨","title_en":"Silent straight track","values":{"price_per_m":"35"}},
                {"code":"rod","title":"罗马杆","title_en":"Rod","values":{"price_per_m":"60"}}]}],
        "terms":[
            {"code":"cloth_by_height","title":"布料（定高）","title_en":"Cloth (fixed height)","when":"cloth.code == 'fixed_height'",
             "formula":"(width + 0.2) * fold.times * cloth.price_per_m"},
            {"code":"cloth_by_width","title":"布料（定宽，按幅）","title_en":"Cloth (fixed width, by panels)","when":"cloth.code == 'fixed_width'",
             "formula":"ceil((width + 0.2) * fold.times / cloth.width) * (height + 0.25) * cloth.price_per_m"},
            {"code":"track","title":"轨道","title_en":"Track","when":"track.code != ''","formula":"width * track.price_per_m"}],
        "constraints":[
            {"rule":"!(track.code == 'rod' && width > 6)","field":"track","message":"罗马杆最长 6 m，请选直轨。",
             "message_en":"A rod is at most 6 m long; choose the straight track."}],
        "parts":[]}"#,
    ),
    (
        "wardrobe",
        r#"{"title":"定制衣柜（投影面积）","title_en":"Made-to-measure wardrobe (projected area)","kind":"non_standard","items":[],
        "parameters":[
            {"code":"width","title":"宽","title_en":"Width","unit":"mm","min":"300","max":"6000","step":"1"},
            {"code":"height","title":"高","title_en":"Height","unit":"mm","min":"300","max":"3000","step":"1"},
            {"code":"depth","title":"深","title_en":"Depth","unit":"mm","min":"200","max":"900","step":"1","default":"600"}],
        "categories":[
            {"code":"board","title":"柜体板材","title_en":"Board","default":"particle","options":[
                {"code":"particle","title":"颗粒板","title_en":"Particle board","values":{"price_per_m2":"1000"}},
                {"code":"ply","title":"多层实木","title_en":"Plywood","values":{"price_per_m2":"1380"}}]},
            {"code":"door","title":"柜门","title_en":"Doors","required":false,"options":[
                {"code":"hinged","title":"平开门","title_en":"Hinged","values":{"price_per_m2":"480"}},
                {"code":"sliding","title":"移门","title_en":"Sliding","values":{"price_per_m2":"620"},"when":"width >= 1200"}]}],
        "terms":[
            {"code":"body","title":"柜体投影","title_en":"Body by projected area",
             "formula":"round(width / 1000 * height / 1000, 4) * board.price_per_m2"},
            {"code":"deep","title":"加深（超过 750 mm 加 20%）","title_en":"Deeper than 750 mm: 20 % more","when":"depth > 750",
             "formula":"round(width / 1000 * height / 1000, 4) * board.price_per_m2 * 0.2"},
            {"code":"door","title":"柜门","title_en":"Doors","when":"door.code != ''",
             "formula":"round(width / 1000 * height / 1000, 4) * door.price_per_m2"}],
        "constraints":[
            {"rule":"!(door.code == 'hinged' && width < 400)","field":"width","message":"装平开门的柜子至少宽 400 mm。",
             "message_en":"A cabinet with hinged doors is at least 400 mm wide."}],
        "parts":[]}"#,
    ),
];

fn lists() -> Vec<TableCreateStatement> {
    vec![
        // Days as `2026-01-31`. `state`: draft, active. `most_discount_bp`: what a store may give away by itself, in hundredths of a percent.
        table("price_list")
            .col(id())
            .col(string("code").unique_key())
            .col(string("name"))
            .col(string("name_en"))
            .col(string("valid_from"))
            .col(string_null("valid_until"))
            .col(string("state"))
            .col(integer("most_discount_bp"))
            .col(boolean("for_all"))
            .col(string("created_by"))
            .col(big_integer("created_ms"))
            .col(string_null("idempotency_key").unique_key())
            .col(big_integer("version"))
            .take(),
        // Where a list holds that is not for all.
        table("price_list_organisation")
            .col(big_integer("price_list_id"))
            .col(big_integer("organisation_id"))
            .primary_key(&mut primary(&["price_list_id", "organisation_id"]))
            .foreign_key(&mut refers("price_list_id", "price_list"))
            .foreign_key(&mut refers("organisation_id", "organisation"))
            .take(),
        // `code`: that of the item, which never changes, so that a list of all goods is read by its own index.
        table("price")
            .col(id())
            .col(big_integer("price_list_id"))
            .col(big_integer("item_id"))
            .col(string("code"))
            .col(big_integer("unit_price_fen"))
            .col(big_integer_null("cost_fen"))
            .col(integer_null("most_discount_bp"))
            .col(big_integer("version"))
            .foreign_key(&mut refers("price_list_id", "price_list"))
            .foreign_key(&mut refers("item_id", "item"))
            .take(),
    ]
}

/// Publishes an option model.
async fn deliver(manager: &SchemaManager<'_>, name: &str, document: &str) -> Result<(), DbErr> {
    let made = Query::insert()
        .into_table("settings_document")
        .columns(["kind", "name", "published", "version", "changed_by", "changed_ms"])
        .values_panic(["option_model".into(), name.into(), 1_i64.into(), 1_i64.into(), "hub".into(), 0_i64.into()])
        .to_owned();
    manager.exec_stmt(made).await?;
    let document: serde_json::Value = serde_json::from_str(document).map_err(|error| DbErr::Custom(error.to_string()))?;
    let version = Query::insert()
        .into_table("settings_version")
        .columns(["kind", "name", "number", "document", "restores", "author", "at_ms"])
        .values_panic(["option_model".into(), name.into(), 1_i64.into(), document.into(), 0_i64.into(), "hub".into(), 0_i64.into()])
        .to_owned();
    manager.exec_stmt(version).await
}

#[async_trait::async_trait]
impl MigrationTrait for Prices {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for made in lists() {
            manager.create_table(made).await?;
        }
        for index in [
            index("price_of_list", "price", &["price_list_id", "code"]).unique().take(),
            index("price_of_item", "price", &["item_id", "price_list_id"]).unique().take(),
            index("price_list_of_organisation", "price_list_organisation", &["organisation_id", "price_list_id"]),
        ] {
            manager.create_index(index).await?;
        }
        let db = manager.get_connection();
        for (role, rights) in RIGHTS {
            let give = format!(
                "UPDATE role SET rights = SUBSTR(rights, 1, LENGTH(rights) - 1) || '{rights}' \
                 WHERE built_in AND rights LIKE '[\"%' AND code = '{role}'"
            );
            db.execute_unprepared(&give).await?;
        }
        for (name, document) in MODELS {
            deliver(manager, name, document).await?;
        }
        Ok(())
    }
}
