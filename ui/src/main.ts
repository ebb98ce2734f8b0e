import { mount } from "svelte";
import AppView from "./App.svelte";
import { transportHere } from "./rpc/client";
import { App } from "./state/app.svelte";
import { preferencesHere, ThemeState } from "./state/theme.svelte";
import "./widgets/tokens.css";
import "./widgets/base.css";

const host = document.getElementById("app");
if (!host) throw new Error("index.html has no #app");

const theme = new ThemeState(localStorage, document.documentElement, preferencesHere());
mount(AppView, { target: host, props: { app: new App(transportHere(), window, theme) } });
