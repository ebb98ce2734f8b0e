use super::random::Random;

/// Every text that repeats, made once: how many there are of a kind is what a column store cares about.
pub(super) struct Words {
    pub(super) routes: Vec<String>,
    pub(super) paths: Vec<String>,
    pub(super) statements: Vec<String>,
    pub(super) functions: Vec<String>,
    pub(super) users: Vec<String>,
    pub(super) tenants: Vec<String>,
    pub(super) cache_keys: Vec<String>,
    pub(super) servers: Vec<String>,
    pub(super) threads: Vec<String>,
}

pub(super) const METHODS: [&str; 5] = ["GET", "POST", "PUT", "DELETE", "PATCH"];
pub(super) const STATUS_CODES: [i64; 12] = [200, 200, 201, 204, 302, 400, 401, 404, 409, 429, 500, 503];
pub(super) const PLANS: [&str; 4] = ["free", "team", "business", "enterprise"];
pub(super) const VARIANTS: [&str; 6] = ["control", "treatment-a", "treatment-b", "off", "on", "holdout"];
pub(super) const DATABASES: [&str; 3] = ["postgresql", "redis", "mysql"];
pub(super) const OPERATIONS: [&str; 6] = ["SELECT", "INSERT", "UPDATE", "DELETE", "HGETALL", "SETEX"];
pub(super) const SCHEMAS: [&str; 8] =
    ["orders", "catalog", "accounts", "sessions", "ledger", "stock", "search", "audit"];
pub(super) const COUNTRIES: [&str; 24] = [
    "DE", "US", "IN", "FR", "GB", "BR", "JP", "NL", "SE", "ES", "IT", "PL", "CA", "AU", "MX", "KR", "CH",
    "AT", "DK", "NO", "FI", "PT", "IE", "CZ",
];

const NOUNS: [&str; 10] =
    ["orders", "items", "users", "carts", "stock", "prices", "sessions", "invoices", "parcels", "reviews"];

impl Words {
    pub(super) fn new(random: &mut Random) -> Self {
        let noun = |n: usize| NOUNS[n % NOUNS.len()];
        let made = |n: usize, make: &mut dyn FnMut(usize) -> String| (0..n).map(make).collect::<Vec<_>>();
        let routes = made(40, &mut |n| {
            let tail = ["", "/{id}", "/{id}/history", "/search"][n / NOUNS.len()];
            format!("/api/v2/{}{tail}", noun(n))
        });
        Self {
            paths: made(5_000, &mut |n| {
                routes[n % routes.len()].replace("{id}", &(10_000 + n * 17).to_string())
            }),
            routes,
            statements: made(200, &mut |n| {
                let (table, column) = (noun(n), noun(n / NOUNS.len() + 3));
                format!(
                    "SELECT id, {column}_id, updated_at FROM {table} WHERE tenant_id = $1 AND kind_{n} = $2"
                )
            }),
            functions: made(300, &mut |n| format!("shop.{}.Handler{n}.handle", noun(n))),
            users: made(50_000, &mut |_| format!("user-{}", random.hex::<5>())),
            tenants: made(300, &mut |n| format!("tenant-{n:04}")),
            cache_keys: made(20_000, &mut |n| format!("{}:{:x}:view", noun(n), 7_919 * (n + 1))),
            servers: made(24, &mut |n| format!("{}-db-{n}.internal", noun(n))),
            threads: made(64, &mut |n| format!("http-worker-{n}")),
        }
    }
}

/// One of a list, its first ones more often.
pub(super) fn pick<T: Copy>(list: &[T], random: &mut Random) -> T {
    list[random.skewed(list.len())]
}

/// The same of texts that were made.
pub(super) fn word<'a>(list: &'a [String], random: &mut Random) -> &'a str {
    &list[random.skewed(list.len())]
}
