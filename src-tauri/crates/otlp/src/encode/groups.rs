use super::value;
use opentelemetry_proto::tonic::{common::v1::InstrumentationScope, resource::v1::Resource as WireResource};
use rustc_hash::FxHashMap;
use skep_model::{Event, Resource, Scope};
use std::sync::Arc;

/// Records by resource, then by scope, each where it first appeared.
pub(super) struct Groups<T> {
    resources: Vec<ResourceGroup<T>>,
    resource_of: FxHashMap<Arc<Resource>, usize>,
    /// Of the record before, which most likely has the same two.
    last: Option<(usize, usize)>,
}

struct ResourceGroup<T> {
    resource: Arc<Resource>,
    scopes: Vec<ScopeGroup<T>>,
    scope_of: FxHashMap<Arc<Scope>, usize>,
}

pub(super) struct ScopeGroup<T> {
    scope: Arc<Scope>,
    records: Vec<T>,
}

impl<T> Default for Groups<T> {
    fn default() -> Self {
        Groups { resources: Vec::new(), resource_of: FxHashMap::default(), last: None }
    }
}

impl<T> Groups<T> {
    /// Where the records of this event's resource and scope stand.
    pub(super) fn place(&mut self, event: &Event) -> (usize, usize) {
        if let Some((resource, scope)) = self.last
            && Arc::ptr_eq(&self.resources[resource].resource, &event.resource)
            && Arc::ptr_eq(&self.resources[resource].scopes[scope].scope, &event.scope)
        {
            return (resource, scope);
        }
        let resource = *self.resource_of.entry(Arc::clone(&event.resource)).or_insert_with_key(|resource| {
            let resource = Arc::clone(resource);
            self.resources.push(ResourceGroup {
                resource,
                scopes: Vec::new(),
                scope_of: FxHashMap::default(),
            });
            self.resources.len() - 1
        });
        let group = &mut self.resources[resource];
        let scope = *group.scope_of.entry(Arc::clone(&event.scope)).or_insert_with_key(|scope| {
            group.scopes.push(ScopeGroup { scope: Arc::clone(scope), records: Vec::new() });
            group.scopes.len() - 1
        });
        self.last = Some((resource, scope));
        (resource, scope)
    }

    pub(super) fn records(&mut self, (resource, scope): (usize, usize)) -> &mut Vec<T> {
        &mut self.resources[resource].scopes[scope].records
    }

    /// The list that a request is. `group` is given a resource, its schema URL and its scopes.
    pub(super) fn into_list<G>(
        self,
        group: impl Fn(Option<WireResource>, String, Vec<ScopeGroup<T>>) -> G,
    ) -> Vec<G> {
        let list = self.resources.into_iter().map(|ResourceGroup { resource, scopes, .. }| {
            let schema_url = resource.schema_url.to_string();
            let resource =
                Some(value::resource(&resource)).filter(|resource| *resource != WireResource::default());
            group(resource, schema_url, scopes)
        });
        list.collect()
    }
}

/// A resource's scopes. `group` is given a scope, its schema URL and its records.
pub(super) fn scopes<T, G>(
    scopes: Vec<ScopeGroup<T>>,
    group: impl Fn(Option<InstrumentationScope>, String, Vec<T>) -> G,
) -> Vec<G> {
    let list = scopes.into_iter().map(|ScopeGroup { scope, records }| {
        let schema_url = scope.schema_url.to_string();
        let scope = Some(value::scope(&scope)).filter(|scope| *scope != InstrumentationScope::default());
        group(scope, schema_url, records)
    });
    list.collect()
}
