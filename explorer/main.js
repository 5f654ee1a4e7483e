import './storage.js';
import { GraphiQL } from 'graphiql';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import 'graphiql/style.css';
import './explorer.css';
import { fetcher, findAccount } from './fetcher.js';
import { firstTabs } from './tabs.ts';

// Runs in the page of the explorer. A tab that was used before has its own credentials.
if (sessionStorage.getItem('graphiql:tabState') === null) void findAccount();

const explorer = createElement(GraphiQL, {
  fetcher,
  defaultTabs: firstTabs,
  defaultQuery: '',
  defaultEditorToolsVisibility: true,
  shouldPersistHeaders: true,
  schemaDescription: true,
});
createRoot(document.getElementById('explorer')).render(explorer);
