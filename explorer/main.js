import './storage.js';
import { GraphiQL } from 'graphiql';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import 'graphiql/style.css';
import './explorer.css';
import { fetcher, findAccount } from './fetcher.js';
import { firstTabs } from './tabs.ts';

// Runs in the page of the explorer. What is stored is of an earlier page in the same tab of the browser.
if (sessionStorage.getItem('graphiql:tabState') === null) {
  // GraphiQL reads the variables of the tab that is open from here alone.
  sessionStorage.setItem('graphiql:variables', firstTabs[0].variables);
  void findAccount();
}

const explorer = createElement(GraphiQL, {
  fetcher,
  defaultTabs: firstTabs,
  defaultQuery: '',
  defaultEditorToolsVisibility: true,
  shouldPersistHeaders: true,
  schemaDescription: true,
});
createRoot(document.getElementById('explorer')).render(explorer);
