use super::random::Random;
use crate::load::{attribute, text};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::resource::v1::Resource;

/// Services and processes of the made-up company.
pub(super) const N_SERVICES: usize = SERVICES.len();
pub(super) const N_PROCESSES: usize = 54;

/// A process's build before and after the deployment in the middle of the hour.
pub(super) const N_BUILDS: usize = 2;

/// The cause that a comparison has to find: this process is slow since its new build.
pub(super) const SLOW_PROCESS: usize = 24;
pub(super) const SLOW_BUILD: usize = 1;

const SERVICES: [&str; 12] = [
    "edge",
    "storefront",
    "cart",
    "checkout",
    "payment",
    "inventory",
    "search",
    "profile",
    "shipping",
    "mailer",
    "pricing",
    "audit",
];
const LANGUAGES: [&str; 4] = ["go", "java", "python", "nodejs"];
const REGIONS: [&str; 3] = ["eu-central-1", "us-east-1", "ap-south-1"];
const N_NODES: usize = 9;

/// What runs: one resource for each process and build.
pub(super) struct Fleet {
    resources: Vec<[Resource; N_BUILDS]>,
}

impl Fleet {
    pub(super) fn new(random: &mut Random) -> Self {
        let builds: Vec<[String; N_BUILDS]> =
            (0..N_SERVICES).map(|_| [random.hex::<6>(), random.hex::<6>()]).collect();
        let resources = (0..N_PROCESSES).map(|process| {
            let build = &builds[service_of(process)];
            [resource(process, &build[0], random), resource(process, &build[1], random)]
        });
        Self { resources: resources.collect() }
    }

    pub(super) fn resource(&self, process: usize, build: usize) -> &Resource {
        &self.resources[process][build]
    }
}

pub(super) fn service_of(process: usize) -> usize {
    process % N_SERVICES
}

pub(super) fn service_name(service: usize) -> &'static str {
    SERVICES[service]
}

/// One of a service's processes, by any number.
pub(super) fn process_of(service: usize, nth: usize) -> usize {
    let n = (N_PROCESSES - service).div_ceil(N_SERVICES);
    service + nth % n * N_SERVICES
}

fn resource(process: usize, build: &str, random: &mut Random) -> Resource {
    let service = service_of(process);
    let (node, region) = (process % N_NODES, process % REGIONS.len());
    let name = SERVICES[service];
    let pid = 1 + i64::try_from(random.below(30_000)).expect("a small number");
    let attributes = vec![
        text("service.name", name),
        text("service.namespace", if service < 6 { "shop" } else { "platform" }),
        text("service.instance.id", &random.uuid()),
        text("build.id", build),
        text("deployment.environment.name", "production"),
        text("k8s.pod.name", &format!("{name}-7d9f{:x}-{process:02}", service * 37 + 11)),
        text("k8s.node.name", &format!("node-{node:02}.cluster.internal")),
        text("cloud.region", REGIONS[region]),
        text("cloud.availability_zone", &format!("{}{}", REGIONS[region], ["a", "b"][process % 2])),
        text("telemetry.sdk.language", LANGUAGES[service % LANGUAGES.len()]),
        text("telemetry.sdk.version", ["1.38.0", "1.41.2"][service % 2]),
        attribute("process.pid", Value::IntValue(pid)),
    ];
    Resource { attributes, ..Resource::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_process_belongs_to_the_service_it_was_asked_of() {
        let mut seen = [false; N_PROCESSES];
        for service in 0..N_SERVICES {
            for nth in 0..10 {
                let process = process_of(service, nth);
                assert_eq!(service_of(process), service);
                seen[process] = true;
            }
        }
        assert!(seen.iter().all(|seen| *seen), "every process does some work");
    }
}
