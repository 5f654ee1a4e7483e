// GraphiQL stores what is typed, passwords and keys too, in localStorage. Here it is stored until the tab is closed.
Object.defineProperty(window, 'localStorage', { value: sessionStorage });
