//! The table as SQLite's virtual table: the only place that promises a memory layout.
#![allow(unsafe_code, reason = "the two traits are unsafe: the base of SQLite's struct has to come first")]

use super::plan::plan;
use super::select::Wanted;
use super::walk::{Here, Walk};
use super::{Asked, Table};
use crate::cell::Cell;
use crate::schema::{TABLES, TableInfo};
use rusqlite::types::ToSqlOutput;
use rusqlite::vtab::{
    Context, Filters, IndexInfo, Module, VTab, VTabConnection, VTabCursor, sqlite3_vtab, sqlite3_vtab_cursor,
};
use rusqlite::{Connection, Error, Result};
use std::borrow::Cow;
use std::ffi::{CStr, CString, c_int};
use std::rc::Rc;
use std::sync::Arc;

/// Makes the tables known to a connection.
pub(crate) fn register(db: &Connection, asked: &Arc<Asked>) -> Result<()> {
    const MODULE: Module<'_, VirtualTable> = Module::eponymous_only_module();
    for info in TABLES {
        db.create_module(info.name, &MODULE, Some((Arc::clone(asked), info)))?;
    }
    Ok(())
}

#[repr(C)]
struct VirtualTable {
    /// SQLite's own part, which it finds by its place.
    base: sqlite3_vtab,
    table: Rc<Table>,
}

// SAFETY: the struct is `repr(C)` and `sqlite3_vtab` comes first.
unsafe impl VTab<'_> for VirtualTable {
    type Aux = (Arc<Asked>, &'static TableInfo);
    type Cursor = Cursor;

    fn connect(
        _: &mut VTabConnection,
        aux: Option<&Self::Aux>,
        _module: &[u8],
        _database: &[u8],
        _table: &[u8],
        _arguments: &[&[u8]],
    ) -> Result<(Cow<'static, CStr>, Self)> {
        let Some((asked, info)) = aux else {
            return Err(Error::ModuleError("a table without a view".to_owned()));
        };
        let table = Table::new(Arc::clone(asked), info);
        let declaration = CString::new(table.declaration())?;
        Ok((Cow::Owned(declaration), Self { base: sqlite3_vtab::default(), table: Rc::new(table) }))
    }

    fn best_index(&self, info: &mut IndexInfo) -> Result<bool> {
        plan(&self.table, info)?;
        Ok(true)
    }

    fn open(&mut self) -> Result<Cursor> {
        let base = sqlite3_vtab_cursor::default();
        Ok(Cursor { base, table: Rc::clone(&self.table), walk: None })
    }
}

#[repr(C)]
struct Cursor {
    /// SQLite's own part, which it finds by its place.
    base: sqlite3_vtab_cursor,
    table: Rc<Table>,
    walk: Option<Walk>,
}

impl Cursor {
    fn here(&self) -> Option<&Here> {
        self.walk.as_ref().and_then(Walk::here)
    }
}

// SAFETY: the struct is `repr(C)` and `sqlite3_vtab_cursor` comes first.
unsafe impl VTabCursor for Cursor {
    fn filter(&mut self, plan_idx: c_int, _: Option<&str>, values: &Filters<'_>) -> Result<()> {
        let plans = self.table.plans.borrow();
        let plan = usize::try_from(plan_idx).ok().and_then(|idx| plans.get(idx));
        let Some(plan) = plan else {
            return Err(Error::ModuleError("a plan that was never made".to_owned()));
        };
        let wanted = Wanted::new(plan, values.iter().map(Cell::from));
        self.walk = None;
        let walk =
            Walk::new(&self.table, wanted, &plan.order).map_err(|error| self.table.asked.fail(error))?;
        drop(plans);
        self.walk = Some(walk);
        Ok(())
    }

    fn next(&mut self) -> Result<()> {
        match &mut self.walk {
            Some(walk) => walk.step(&self.table).map_err(|error| self.table.asked.fail(error)),
            None => Ok(()),
        }
    }

    fn eof(&self) -> bool {
        self.here().is_none()
    }

    fn column(&self, context: &mut Context, column: c_int) -> Result<()> {
        let (Some(here), Ok(column)) = (self.here(), usize::try_from(column)) else { return Ok(()) };
        let cells = here.cells.cells(&self.table.columns, column);
        let cells = cells.map_err(|error| self.table.asked.fail(error))?;
        cells.give(here.row as usize, |value| context.set_result(&ToSqlOutput::Borrowed(value)))
    }

    fn rowid(&self) -> Result<i64> {
        Ok(self.here().map_or(0, Here::row_id))
    }
}
