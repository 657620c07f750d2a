import '../src/ui/ui.css';
import '../src/ui/lab-tokens.css';
import './base.css';
